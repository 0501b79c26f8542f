import ByteLayout
import Primitives
import SealedSender
import SecretMemory
import TestSupport
import Testing

@Suite struct `Sealing secrets (C3, version 0x02)` {
  private let randomness = SeededRandomness("sealing secrets")

  private func destination(_ first: UInt8? = 0x11) -> Destination {
    Destination(sealSecret: first.map { counting(from: $0) })
  }

  @Test(arguments: [0, 1, 884, 885, 65_396], EnvelopeKind.allCases)
  func `an envelope with the secret opens, and is no longer than one without`(
    byteCount: Int, kind: EnvelopeKind
  ) throws {
    let sender = try Sender()
    let payload = randomness.bytes(byteCount)
    let envelope = try seal(payload, kind: kind, from: sender, to: destination(), randomness: randomness)
    #expect(envelope[0] == 2)
    #expect(try open(envelope, at: destination()) == .opened(sender.identity, kind, payload: payload))
    let plain = try seal(payload, kind: kind, from: sender, randomness: randomness)
    #expect(plain[0] == 1 && plain.count == envelope.count)
  }

  @Test func `without the secret not even the sender shows`() throws {
    let sender = try Sender()
    let envelope = try seal([1], from: sender, to: destination(), randomness: randomness)
    for other in [nil, 0x12] as [UInt8?] {
      #expect(try open(envelope, at: destination(other)) == .refusedAtSender(.refused))
    }
  }

  @Test func `who does not know the secret yet is read all the same`() throws {
    let sender = try Sender()
    let envelope = try seal([1], from: sender, randomness: randomness)
    #expect(try open(envelope, at: destination()) == .opened(sender.identity, .sessionMessage, payload: [1]))
  }

  @Test func `neither version passes for the other`() throws {
    let sender = try Sender()
    var with = try seal([1], from: sender, to: destination(), randomness: randomness)
    with[0] = 1
    #expect(try open(with, at: destination()) == .refusedAtSender(.refused))
    var without = try seal([1], from: sender, randomness: randomness)
    without[0] = 2
    #expect(try open(without, at: destination()) == .refusedAtSender(.refused))
  }

  @Test func `every changed byte is refused`() throws {
    let sender = try Sender()
    let envelope = try seal([1], from: sender, to: destination(), randomness: randomness)
    for index in envelope.indices where index < 140 || index.isMultiple(of: 16) {
      var changed = envelope
      changed[index] ^= 1
      if (1..<5).contains(index) { continue }  // the seal id chooses the key, and is bound by the transcript
      switch try open(changed, at: destination()) {
      case .opened: Issue.record("byte \(index)")
      case .refusedAtSender, .refusedAtBody: break
      }
    }
  }

  @Test func `a secret has 32 bytes`() throws {
    for count in [0, 31, 33] {
      #expect(throws: PrimitiveError.wrongByteCount(expected: 32, actual: count)) {
        _ = try SealingSecret(SecretBytes(copying: [UInt8](repeating: 1, count: count)))
      }
    }
  }

  // MARK: - Announcements (C5, extension 2)

  private func plaintext(_ ext: [UInt8]) -> [UInt8] {
    [1, 1] + [UInt8](repeating: 0, count: 64) + [UInt8(ext.count >> 8), UInt8(ext.count & 255)] + ext
  }

  private func value(_ type: UInt8, _ sealID: UInt8, _ bytes: [UInt8]) -> [UInt8] {
    [0, type, 0, UInt8(4 + bytes.count), 0, 0, 0, sealID] + bytes
  }

  @Test func `a secret is announced with the key that it belongs to`() throws {
    let key = try keyPair(counting(from: 0x60)).publicKey.bytes.array
    let secret = [UInt8](repeating: 7, count: 32)
    let both = try SessionPlaintext.parse(plaintext(value(1, 3, key) + value(2, 3, secret)))
    #expect(both.sealingKey?.sealID == 3 && both.sealingKey?.secret?.array == secret)
    #expect(try both.serialized() == plaintext(value(1, 3, key) + value(2, 3, secret)))
    #expect(try SessionPlaintext.parse(plaintext(value(1, 3, key))).sealingKey?.secret == nil)
    for wrong in [value(2, 3, secret), value(1, 3, key) + value(2, 4, secret)] {
      #expect(throws: LayoutError.notAllowed(field: "sealing secret")) { try SessionPlaintext.parse(plaintext(wrong)) }
    }
    #expect(throws: LayoutError.wrongByteCount(expected: 36, actual: 35)) {
      try SessionPlaintext.parse(plaintext(value(1, 3, key) + value(2, 3, [UInt8](secret.dropLast()))))
    }
  }
}
