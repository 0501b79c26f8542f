import ByteLayout
import Primitives

/// What the transcripts tell.
enum TranscriptScripts {
  /// Handshakes of every shape, each with a message there and one back.
  static func handshakes(_ randomness: SeedRandomness) throws -> [Transcript.Session] {
    func session(
      _ name: String, prekeys: Int, appendix: [UInt8] = [],
      format: Transcript.Handshake.IdentityKeyFormat = .ed25519
    ) throws -> Transcript.Session {
      let session = try begin(name, randomness, prekeys: prekeys, appendix: appendix, format: format)
      try session.send(.alice, "a0", "hello")
      try session.refuse(.bob, "a0", .ciphertext(at: -1), note: "forged first message: no session comes to be")
      try session.receive(.bob, "a0")
      try session.send(.bob, "b0", "hello yourself")
      try session.receive(.alice, "b0")
      return session.session
    }
    return [
      try session("with-one-time-prekey", prekeys: 1),
      try session("without-one-time-prekey", prekeys: 0),
      try session("with-appendix", prekeys: 2, appendix: [UInt8](0..<32)),
      try session("curve25519-identities", prekeys: 1, format: .curve25519),
    ]
  }

  static func inOrder(_ randomness: SeedRandomness) throws -> [Transcript.Session] {
    let session = try begin("in-order", randomness, appendix: [UInt8](repeating: 0xc4, count: 32))
    try session.send(.alice, "a0", "first")
    try session.send(.alice, "a1", "", note: "an empty plaintext")
    try session.receive(.bob, "a0")
    try session.receive(.bob, "a1")
    try session.send(.bob, "b0", [UInt8](0...255), note: "every byte")
    try session.receive(.alice, "b0", note: "new ratchet key, Alice's chain ends with PN 2")
    try session.send(.alice, "a2", "Grüße, 你好, 👋")
    try session.receive(.bob, "a2")
    let long = Transcript.Event.generatedPlaintext(byteCount: 57_344)
    try session.send(.bob, "b1", long, note: "the longest Content")
    try session.receive(.alice, "b1")
    var (sender, receiver) = (Transcript.Side.alice, Transcript.Side.bob)
    for index in 0..<12 {
      try session.send(sender, "p\(index)", "ping \(index)")
      try session.receive(receiver, "p\(index)")
      swap(&sender, &receiver)
    }
    return [session.session]
  }

  static func outOfOrder(_ randomness: SeedRandomness) throws -> [Transcript.Session] {
    let session = try begin("out-of-order", randomness)
    for index in 0..<4 { try session.send(.alice, "a\(index)", "a\(index)") }
    try session.receive(.bob, "a2", note: "what comes first is not message 0")
    try session.receive(.bob, "a0")
    try session.send(.bob, "b0", "b0")
    try session.send(.bob, "b1", "b1")
    try session.receive(.alice, "b1", note: "skips b0 under the new key")
    try session.send(.alice, "a4", "a4")
    try session.send(.alice, "a5", "a5")
    try session.receive(.bob, "a5", note: "PN 4: a3 of the chain before is skipped as well")
    try session.receive(.bob, "a3", note: "late, from the chain before")
    try session.receive(.alice, "b0")
    try session.receive(.bob, "a1", note: "late, from two steps ago")
    try session.receive(.bob, "a4")
    for index in 0..<16 { try session.send(.bob, "c\(index)", "c\(index)") }
    for index in (0..<16).map({ $0 * 5 % 16 }) { try session.receive(.alice, "c\(index)") }
    return [session.session]
  }

  static func skipped(_ randomness: SeedRandomness) throws -> [Transcript.Session] {
    let session = try begin("skipped", randomness, prekeys: 0)
    for index in 0..<24 { try session.send(.alice, "a\(index)", "a\(index)") }
    try session.receive(.bob, "a0")
    try session.receive(.bob, "a20", note: "19 keys are kept for what did not come")
    try session.send(.bob, "b0", "b0")
    try session.send(.bob, "b1", "b1", note: "never arrives")
    try session.receive(.alice, "b0")
    try session.send(.alice, "d0", "d0", note: "PN 24")
    try session.receive(.bob, "d0", note: "keys for a21, a22 and a23 join the others")
    try session.receive(.bob, "a23", note: "the newest of them")
    try session.receive(.bob, "a1", note: "the oldest of them")
    try session.refuse(.bob, "a1", note: "its key is gone")
    try session.refuse(.bob, "a2", .ciphertext(at: 0), note: "forged: its key stays")
    try session.receive(.bob, "a2")
    try session.send(.bob, "e0", "e0", note: "PN 2: b1 is still under way")
    try session.receive(.alice, "e0", note: "a key for b1 is kept, which never comes")
    return [session.session]
  }

  static func rejected(_ randomness: SeedRandomness) throws -> [Transcript.Session] {
    let session = try begin("rejected", randomness, appendix: [UInt8]("appendix".utf8))
    try session.send(.alice, "a0", "a0")
    for tamper in [.ciphertext(at: 0), .header(at: 33), .header(at: 40), .associatedData] as [SessionBuilder.Tamper] {
      try session.refuse(.bob, "a0", tamper, note: "first message: no session comes to be")
    }
    try session.receive(.bob, "a0")
    try session.refuse(.bob, "a0", note: "a replay in the current chain")
    try session.send(.bob, "b0", "b0")
    try session.receive(.alice, "b0")
    for index in 1...3 { try session.send(.alice, "a\(index)", "a\(index)") }

    // Everything that can be done to a message under a new ratchet key, and to one under the current key.
    try rejectEveryTamper(session, "a2", randomness, note: "under a new ratchet key")
    try session.receive(.bob, "a1", note: "and still the genuine one opens")
    try rejectEveryTamper(session, "a2", randomness, note: "under the current ratchet key")
    try session.receive(.bob, "a2")
    try session.refuse(.bob, "a2", note: "a replay in the current chain")
    try session.refuse(.bob, "a0", note: "a replay from a chain that is over")
    try session.receive(.bob, "a3")
    return [session.session]
  }

  private static func rejectEveryTamper(
    _ session: SessionBuilder, _ id: String, _ randomness: SeedRandomness, note: String
  ) throws {
    let other = try HexBytes(randomness.bytes(32, for: "a forger")).keyPair().publicKey.bytes.array
    let zero = [UInt8](repeating: 0, count: 32)
    let nonCanonical = [0xf0] + [UInt8](repeating: 0xff, count: 30) + [0x7f]
    let tampers: [SessionBuilder.Tamper] =
      [
        .ciphertext(at: 0), .ciphertext(at: -17), .ciphertext(at: -16), .ciphertext(at: -1), .cut(1), .cut(16),
        .cut(18),
        .appended, .shortHeader, .version, .associatedData, .number(plus: 1), .previousCount(plus: 1),
        .previousCount(plus: 0x7fff_ffff),
        .number(plus: 1_001), .number(plus: 0x7fff_ffff), .ratchetKey("dh", other), .ratchetKey("lowdh", zero),
        .ratchetKey("non-canonical-dh", nonCanonical),
      ] + [1, 16, 32].map { .header(at: $0) }
    for tamper in tampers { try session.refuse(.bob, id, tamper, note: note) }
  }

  private static func begin(
    _ name: String, _ randomness: SeedRandomness, prekeys: Int = 2, appendix: [UInt8] = [],
    format: Transcript.Handshake.IdentityKeyFormat = .ed25519
  ) throws -> SessionBuilder {
    let handshake = HandshakeBuilder(
      randomness: randomness, sessionName: name, format: format, oneTimePrekeyCount: prekeys, appendix: appendix)
    return try SessionBuilder(name, try handshake.build(), randomness)
  }
}
