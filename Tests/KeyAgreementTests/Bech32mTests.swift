import KeyAgreement
import Testing

@Suite("Bech32m (BIP-350)") struct Bech32mTests {
  /// Decodes under whatever prefix the text has; any count of bytes will do, only the text is judged.
  private func judge(_ text: String) -> Bech32mError? {
    let prefix = text.lastIndex(of: "1").map { text[..<$0].lowercased() } ?? ""
    return refusal { () throws(Bech32mError) in _ = try Bech32m.decode(text, prefix: prefix, byteCount: 32) }
  }

  @Test(arguments: [
    "A1LQFN3A", "a1lqfn3a",
    "an83characterlonghumanreadablepartthatcontainsthetheexcludedcharactersbioandnumber11sg7hg6",
    "abcdef1l7aum6echk45nj3s0wdvt2fg8x9yrzpqzd3ryx",
    "11llllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllludsr8",
    "split1checkupstagehandshakeupstreamerranterredcaperredlc445v", "?1v759aa",
  ])
  func `a valid string of the specification passes its checksum`(text: String) {
    // None of them carries 32 bytes: the checksum is judged before the size.
    #expect(judge(text) == .wrongByteCount(expected: 32))
  }

  @Test(arguments: [
    ("\u{20}1xj0phk", Bech32mError.notAllowedCharacter(index: 0)),
    ("\u{7f}1g6xzxy", .notAllowedCharacter(index: 0)),
    ("an84characterslonghumanreadablepartthatcontainsthetheexcludedcharactersbioandnumber11d6pts4", .wrongLength(91)),
    ("qyrz8wqd2c9m", .noSeparator),
    ("1qyrz8wqd2c9m", .noSeparator),
    ("y1b0jsk6g", .notAllowedCharacter(index: 2)),
    ("lt1igcx5c0", .notAllowedCharacter(index: 3)),
    ("in1muywd", .noSeparator),
    ("mm1crxm3i", .notAllowedCharacter(index: 8)),
    ("au1s5cgom", .notAllowedCharacter(index: 7)),
    ("M1VUXWEZ", .wrongChecksum),
    ("16plkw9", .wrongLength(7)),
    ("1p2gdwpf", .noSeparator),
    ("A1lqfn3a", .mixedCase),
    // Bech32 of the older specification, another checksum constant.
    ("A12UEL5L", .wrongChecksum),
    ("abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw", .wrongChecksum),
  ])
  func `an invalid string is refused for its reason`(text: String, reason: Bech32mError) {
    #expect(judge(text) == reason)
  }

  @Test func `bytes of every length come back`() throws {
    for count in 0...45 {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 201) }
      let text = Bech32m.encode(prefix: "t", bytes: bytes)
      #expect(try Bech32m.decode(text, prefix: "t", byteCount: count) == bytes)
      #expect(throws: Bech32mError.wrongByteCount(expected: count + 1)) {
        try Bech32m.decode(text, prefix: "t", byteCount: count + 1)
      }
    }
  }
}
