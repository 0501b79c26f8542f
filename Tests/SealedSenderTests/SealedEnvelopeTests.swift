import ByteLayout
import Primitives
import SealedSender
import SecretMemory
import TestSupport
import Testing
import Verification

@Suite struct `Sealed envelopes` {
  private let randomness = SeededRandomness("sealed envelopes")

  @Test(arguments: [0, 1, 883, 884, 885, 1_908, 1_909, 30_000, 65_395, 65_396], EnvelopeKind.allCases)
  func `an envelope opens to its sender, kind and payload`(byteCount: Int, kind: EnvelopeKind) throws {
    let sender = try Sender()
    let payload = randomness.bytes(byteCount)
    let envelope = try seal(payload, kind: kind, from: sender, randomness: randomness)
    #expect(try SealedEnvelope.sealID(of: envelope) == 7)
    #expect(try open(envelope) == .opened(sender.identity, kind, payload: payload))
  }

  @Test(arguments: [[], [0], [0x80], [0, 0, 0], [0x80, 0], [0x80, 0x80, 0x80]] as [[UInt8]])
  func `a payload that looks like padding comes back whole`(payload: [UInt8]) throws {
    let sender = try Sender()
    let envelope = try seal(payload, from: sender, randomness: randomness)
    #expect(try open(envelope) == .opened(sender.identity, .sessionMessage, payload: payload))
  }

  @Test(arguments: [
    (0, 1_024), (1, 1_024), (883, 1_024), (884, 1_024), (885, 2_048), (3_000, 4_096), (65_396, 65_536),
  ])
  func `payloads of one class give envelopes of one size`(payload: Int, envelope: Int) throws {
    let sender = try Sender()
    let zeros = try seal([UInt8](repeating: 0, count: payload), from: sender, randomness: randomness)
    let noise = try seal(randomness.bytes(payload), from: sender, randomness: randomness)
    #expect(zeros.count == envelope)
    #expect(noise.count == envelope)
  }

  @Test func `a payload that no envelope holds is refused`() throws {
    let sender = try Sender()
    #expect(throws: SealedSenderError.payloadTooLong(limit: 65_396, actual: 65_397)) {
      try seal([UInt8](repeating: 1, count: 65_397), from: sender, randomness: randomness)
    }
  }

  @Test func `two envelopes with the same payload share nothing but version and seal id`() throws {
    let sender = try Sender()
    let first = try seal([1, 2, 3], from: sender, randomness: randomness)
    let second = try seal([1, 2, 3], from: sender, randomness: randomness)
    #expect(first[..<5] == second[..<5])
    for part in [5..<37, 37..<53, 53..<123, 123..<139, 1_008..<1_024] { #expect(first[part] != second[part]) }
  }

  @Test func `nothing in an envelope's bytes names its sender`() throws {
    let sender = try Sender()
    let envelope = try seal([], from: sender, randomness: randomness)
    #expect(!envelope.contains(sender.identity.account.array))
    #expect(!envelope.contains(sender.identity.deviceKey.bytes.array))
    #expect(!envelope.contains(sender.agreementKeyPair.publicKey.bytes.array))
  }

  @Test func `every changed byte is refused`() throws {
    let sender = try Sender()
    let envelope = try seal([UInt8]("text".utf8), from: sender, randomness: randomness)
    for index in envelope.indices {
      var changed = envelope
      changed[index] ^= UInt8(1 << (index % 8))
      let expected: Opening =
        index < 123 ? .refusedAtSender(.refused) : .refusedAtBody(sender.identity, .refused)
      #expect(try open(changed) == expected, "byte \(index)")
    }
  }

  @Test(arguments: [0, 1, 37, 123, 139, 140, 1_023, 1_025, 2_047, 65_537, 131_072])
  func `an envelope of no known size is refused before anything is computed`(byteCount: Int) throws {
    let envelope = [UInt8](repeating: 1, count: byteCount)
    #expect(throws: SealedSenderError.refused) { try SealedEnvelope.sealID(of: envelope) }
    #expect(try open(envelope) == .refusedAtSender(.refused))
  }

  @Test(arguments: [0, 3, 0x81, 255] as [UInt8])
  func `an envelope of another version is refused`(version: UInt8) throws {
    var envelope = try seal([], from: try Sender(), randomness: randomness)
    envelope[0] = version
    #expect(throws: SealedSenderError.refused) { try SealedEnvelope.sealID(of: envelope) }
  }

  @Test func `an envelope cut or grown to another size class is refused`() throws {
    let sender = try Sender()
    let envelope = try seal([UInt8](repeating: 0, count: 1_500), from: sender, randomness: randomness)
    #expect(try open([UInt8](envelope[..<1_024])) == .refusedAtBody(sender.identity, .refused))
    #expect(try open(envelope + [UInt8](repeating: 0, count: 2_048)) == .refusedAtBody(sender.identity, .refused))
  }

  @Test(arguments: 0..<32)
  func `an envelope copied to another mailbox is refused`(index: Int) throws {
    let envelope = try seal([1], from: try Sender(), randomness: randomness)
    var elsewhere = Destination()
    elsewhere.mailbox[index] ^= 1
    #expect(try open(envelope, at: elsewhere) == .refusedAtSender(.refused))
  }

  @Test(arguments: 0..<16)
  func `an envelope stored under another id is refused`(index: Int) throws {
    let envelope = try seal([1], from: try Sender(), randomness: randomness)
    var elsewhere = Destination()
    elsewhere.envelopeID[index] ^= 0x80
    #expect(try open(envelope, at: elsewhere) == .refusedAtSender(.refused))
  }

  @Test func `an envelope with another seal id written over is refused, though the key is right`() throws {
    var envelope = try seal([1], from: try Sender(), randomness: randomness)
    envelope[4] = 8
    #expect(try SealedEnvelope.sealID(of: envelope) == 8)
    #expect(try open(envelope) == .refusedAtSender(.refused))
  }

  @Test func `another recipient cannot open an envelope`() throws {
    let envelope = try seal([1], from: try Sender(), randomness: randomness)
    var other = Destination()
    other.sealScalar[3] ^= 1
    #expect(try open(envelope, at: other) == .refusedAtSender(.refused))
  }

  @Test(arguments: [
    (UInt8(0x05), UInt32(1)), (0x06, 0), (0x06, 128), (0x06, .max), (0x00, 1),
  ])
  func `nobody seals as an account or device that cannot be`(type: UInt8, device: UInt32) throws {
    let sender = try Sender()
    var account = sender.identity.account
    account[0] = type
    let identity = SealedSenderIdentity(account: account, device: device, deviceKey: sender.identity.deviceKey)
    let destination = Destination()
    #expect(throws: SealedSenderError.invalidSender) {
      try SealedEnvelope.seal(
        payload: [], kind: .ephemeral, sender: identity, senderAgreementKeyPair: try Sender().agreementKeyPair,
        mailbox: destination.mailbox, envelopeID: destination.envelopeID, sealID: 7,
        sealKey: try keyPair(destination.sealScalar).publicKey, sealSecret: nil, randomness: randomness)
    }
  }

  @Test(arguments: SmallOrderPoints.x25519)
  func `nobody seals to a key of small order`(point: String) throws {
    let sealKey = try X25519PublicKey(validating: FixedBytes(Hexadecimal.decode(point)))
    let destination = Destination()
    #expect(throws: SealedSenderError.primitive(.nonContributoryKey)) {
      let sender = try Sender()
      return try SealedEnvelope.seal(
        payload: [], kind: .ephemeral, sender: sender.identity, senderAgreementKeyPair: sender.agreementKeyPair,
        mailbox: destination.mailbox, envelopeID: destination.envelopeID, sealID: 7, sealKey: sealKey,
        sealSecret: nil, randomness: randomness)
    }
  }
}

extension [UInt8] {
  fileprivate func contains(_ part: [UInt8]) -> Bool {
    indices.contains { $0 + part.count <= count && Array(self[$0..<$0 + part.count]) == part }
  }
}
