import ByteLayout
import Primitives
import SealedSender
import SecretMemory
import TestSupport
import Testing
import Verification

/// What somebody can try who knows a sealing key, a mailbox and everything public about a sender (Protocol §9.18).
@Suite struct `Forged envelopes` {
  /// c2's plaintext in an envelope of 1 024 bytes.
  private func padded(_ start: [UInt8]) -> [UInt8] {
    start + [UInt8](repeating: 0, count: 885 - start.count)
  }

  @Test func `the forger's tool makes what Sotto makes`() throws {
    let sender = try Sender()
    let handmade = try HandmadeEnvelope(from: sender, padded: padded([1, 2, 3, 0x80]))
      .bytes(agreementKeyPair: sender.agreementKeyPair)
    let e: FixedBytes<32> = counting(from: 0xb0)
    #expect(handmade == (try seal([1, 2, 3], from: sender, randomness: FixedRandomness(bytes: e.array))))
  }

  @Test func `a sender without the device key's private half names itself, and its body is refused`() throws {
    let sender = try Sender()
    let forger = try Sender(seed: 99)
    let envelope = try HandmadeEnvelope(from: sender, padded: padded([0x80]))
      .bytes(agreementKeyPair: forger.agreementKeyPair)
    #expect(try open(envelope) == .refusedAtBody(sender.identity, .refused))
  }

  @Test func `the recipient of one envelope cannot pass its body on under another name`() throws {
    // c1 exchanged for one that names somebody else, sealed under the same k1: only c2's additional data is in the way.
    let sender = try Sender()
    let honest = try HandmadeEnvelope(from: sender, padded: padded([0x80]))
      .bytes(agreementKeyPair: sender.agreementKeyPair)
    var other = HandmadeEnvelope(from: sender, padded: padded([0x80]))
    other.name[36] = 6
    let renamed = try other.bytes(agreementKeyPair: sender.agreementKeyPair)
    let spliced = [UInt8](renamed[..<123] + honest[123...])
    let claimed = SealedSenderIdentity(
      account: sender.identity.account, device: 6, deviceKey: sender.identity.deviceKey)
    #expect(try open(spliced) == .refusedAtBody(claimed, .refused))
  }

  @Test(arguments: [[], [1], [0x7f], [0x81], [0x80, 1], [0x40], [0x80, 0x80, 0x01]] as [[UInt8]])
  func `padding without its marker is refused`(start: [UInt8]) throws {
    let sender = try Sender()
    let envelope = try HandmadeEnvelope(from: sender, padded: padded(start))
      .bytes(agreementKeyPair: sender.agreementKeyPair)
    #expect(try open(envelope) == .refusedAtBody(sender.identity, .refused))
  }

  @Test(arguments: [0, 5, 127, 128, 255] as [UInt8])
  func `an unknown kind is refused`(kind: UInt8) throws {
    let sender = try Sender()
    var handmade = HandmadeEnvelope(from: sender, padded: padded([0x80]))
    handmade.name[69] = kind
    #expect(
      try open(handmade.bytes(agreementKeyPair: sender.agreementKeyPair)) == .refusedAtSender(.refused))
  }

  @Test(arguments: [0x00, 0x05, 0x07, 0x20, 0x86] as [UInt8])
  func `an account of another type is refused`(type: UInt8) throws {
    let sender = try Sender()
    var handmade = HandmadeEnvelope(from: sender, padded: padded([0x80]))
    handmade.name[0] = type
    #expect(
      try open(handmade.bytes(agreementKeyPair: sender.agreementKeyPair)) == .refusedAtSender(.refused))
  }

  @Test(arguments: [0, 128, 1_000, .max] as [UInt32])
  func `a device number that cannot be is refused`(device: UInt32) throws {
    let sender = try Sender()
    var handmade = HandmadeEnvelope(from: sender, padded: padded([0x80]))
    withUnsafeBytes(of: device.bigEndian) { handmade.name.replaceSubrange(33..<37, with: $0) }
    #expect(
      try open(handmade.bytes(agreementKeyPair: sender.agreementKeyPair)) == .refusedAtSender(.refused))
  }

  @Test(arguments: SmallOrderPoints.x25519)
  func `an ephemeral key of small order, with everything made to fit, is refused`(point: String) throws {
    let sender = try Sender()
    var handmade = HandmadeEnvelope(from: sender, padded: padded([0x80]))
    handmade.ephemeralKey = try FixedBytes(Hexadecimal.decode(point))
    handmade.ephemeralSecret = [UInt8](repeating: 0, count: 32)
    #expect(
      try open(handmade.bytes(agreementKeyPair: sender.agreementKeyPair)) == .refusedAtSender(.refused))
  }

  @Test func `an ephemeral key in another encoding, with everything made to fit, is refused`() throws {
    // libsodium ignores the top bit: the Diffie–Hellman would give the same secret.
    let sender = try Sender()
    var handmade = HandmadeEnvelope(from: sender, padded: padded([0x80]))
    var key = try keyPair(handmade.ephemeralScalar).publicKey.bytes
    key[31] |= 0x80
    handmade.ephemeralKey = key
    #expect(
      try open(handmade.bytes(agreementKeyPair: sender.agreementKeyPair)) == .refusedAtSender(.refused))
  }

  @Test(arguments: SmallOrderPoints.ed25519)
  func `a device key of small order, which anybody could prove, is refused`(point: String) throws {
    let sender = try Sender()
    let key = VerifyingKey(try FixedBytes(Hexadecimal.decode(point)))
    var handmade = HandmadeEnvelope(from: sender, padded: padded([0x80]))
    handmade.name.replaceSubrange(37..<69, with: key.bytes.array)
    handmade.staticSecret = [UInt8](repeating: 0, count: 32)
    let claimed = SealedSenderIdentity(account: sender.identity.account, device: 5, deviceKey: key)
    #expect(
      try open(handmade.bytes(agreementKeyPair: sender.agreementKeyPair)) == .refusedAtBody(claimed, .refused))
  }

  @Test func `random bytes of every size are refused`() throws {
    let randomness = SeededRandomness("random envelopes")
    for size in SizeClass.allCases {
      for _ in 0..<20 {
        var envelope = randomness.bytes(size.byteCount)
        envelope[0] = 1
        #expect(try open(envelope) == .refusedAtSender(.refused))
      }
    }
  }
}
