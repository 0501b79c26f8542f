import ByteLayout
import DoubleRatchet
import Primitives
import Testing

@Suite("Forgery") struct ForgeryTests {
  /// On which path of the receiver a message arrives.
  enum Path: CaseIterable {
    case firstMessage, currentChain, skippedAhead, keptKey, keptKeyOfOldChain, newChain, newChainWithRest
  }

  /// A receiver, and a message for it on the path.
  private func message(on path: Path) throws -> (bob: Party, message: RatchetMessage) {
    let (alice, bob) = try Party.pair("forgery")
    if path == .firstMessage { return (bob, try alice.send("a text")) }
    try bob.receive(try alice.send())
    try alice.receive(try bob.send())
    try bob.receive(try alice.send())
    switch path {
    case .firstMessage, .currentChain: return (bob, try alice.send("a text"))
    case .skippedAhead:
      _ = try alice.sendMany(3)
      return (bob, try alice.send("a text"))
    case .keptKey:
      let kept = try alice.send("a text")
      try bob.receive(try alice.send())
      return (bob, kept)
    case .keptKeyOfOldChain:
      let kept = try alice.send("a text")
      try alice.receive(try bob.send())
      try bob.receive(try alice.send())
      return (bob, kept)
    case .newChain:
      try alice.receive(try bob.send())
      return (bob, try alice.send("a text"))
    case .newChainWithRest:
      _ = try alice.sendMany(2)
      try alice.receive(try bob.send())
      _ = try alice.sendMany(2)
      return (bob, try alice.send("a text"))
    }
  }

  @Test(arguments: Path.allCases)
  func `a change of any byte of header or ciphertext is refused and changes nothing`(path: Path) throws {
    let (bob, message) = try message(on: path)
    for index in 0..<message.byteCount {
      for mask: UInt8 in [0x01, 0x80] {
        do {
          let tampered = try message.tampered(at: index, xor: mask)
          #expect(try bob.refusal(of: tampered) != nil, "byte \(index)")
        } catch let error as RatchetError {
          guard case .malformedHeader = error else {
            Issue.record("byte \(index): \(error)")
            continue
          }
        }
      }
    }
    #expect(try bob.text(of: message) == "a text")
  }

  @Test(arguments: Path.allCases)
  func `a ciphertext that is cut or lengthened is refused`(path: Path) throws {
    let (bob, message) = try message(on: path)
    for byteCount in 0..<message.ciphertext.count {
      let cut = RatchetMessage(header: message.header, ciphertext: [UInt8](message.ciphertext.prefix(byteCount)))
      #expect(try bob.refusal(of: cut) == .authenticationFailed)
    }
    let longer = RatchetMessage(header: message.header, ciphertext: message.ciphertext + [0])
    #expect(try bob.refusal(of: longer) == .authenticationFailed)
    #expect(try bob.text(of: message) == "a text")
  }

  /// The canonical encodings of the points of small order.
  static let smallOrderKeys = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  ]

  @Test(arguments: smallOrderKeys)
  func `a ratchet key of small order is refused`(hexadecimal: String) throws {
    let key = try FixedBytes<32>(try Hexadecimal.decode(hexadecimal))
    let (_, bob) = try Party.pair()
    let (alice, _) = try Party.pair()
    let forged = try alice.send().with(ratchetKey: key)
    #expect(try bob.refusal(of: forged) == .primitive(.nonContributoryKey))
    let (other, acquainted) = try Party.acquaintedPair()
    #expect(try acquainted.refusal(of: try other.send().with(ratchetKey: key)) == .primitive(.nonContributoryKey))
  }

  @Test(arguments: smallOrderKeys)
  func `a signed prekey of small order begins no session`(hexadecimal: String) throws {
    let key = try X25519PublicKey(validating: try FixedBytes<32>(try Hexadecimal.decode(hexadecimal)))
    #expect(throws: RatchetError.primitive(.nonContributoryKey)) {
      _ = try RatchetState.initiator(
        sharedSecret: try QueuedRandomness(seed: "secret", count: 1).secret(byteCount: 32), remoteKey: key,
        associatedData: [], randomness: QueuedRandomness(seed: "small order", count: 1)
      ).archive()
    }
  }

  @Test func `a message of another session is refused`() throws {
    let (alice, _) = try Party.pair("one")
    let (_, bob) = try Party.pair("two")
    #expect(try bob.refusal(of: try alice.send()) == .authenticationFailed)
  }

  @Test func `a message under other associated data is refused`() throws {
    let (alice, bob) = try Party.acquaintedPair()
    let message = try alice.send()
    let other = try bob.withState { state in
      var fields = try RatchetStateArchive(copying: state)
      fields.associatedData.append(0x78)
      return Party(try RatchetState(fields), randomness: QueuedRandomness(seed: "other", count: 1))
    }
    #expect(try other.refusal(of: message) == .authenticationFailed)
    try bob.receive(message)
  }

  @Test func `a message that claims the signed prekey as its ratchet key is refused`() throws {
    let (alice, _) = try Party.pair()
    let signedPreKey = try #require(alice.remoteKey)
    let forged = try alice.send().with(ratchetKey: signedPreKey.bytes)
    #expect(try alice.refusal(of: forged) == .authenticationFailed)
  }
}
