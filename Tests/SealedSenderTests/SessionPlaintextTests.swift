import ByteLayout
import Primitives
import SealedSender
import TestSupport
import Testing

@Suite struct `Session plaintexts` {
  private let randomness = SeededRandomness("session plaintexts")

  private func plaintext(
    kind: SessionPlaintext.Kind = .content, sealingKey: SealingKeyAnnouncement? = nil, content: [UInt8] = [1, 2, 3]
  ) throws -> SessionPlaintext {
    try SessionPlaintext(
      kind: kind, ownList: ListMark(version: .max, hash16: counting(from: 2)),
      yourList: ListMark(version: 0, hash16: counting(from: 3)), pairSeq: .max, pairAck: 1 << 40,
      sealingKey: sealingKey, content: content)
  }

  /// The 66 bytes before ext.
  private func prefix() throws -> [UInt8] { [UInt8](try plaintext(content: []).serialized().dropLast(2)) }

  @Test(arguments: SessionPlaintext.Kind.allCases, [0, 1, 57_344])
  func `a plaintext comes back as it was`(kind: SessionPlaintext.Kind, byteCount: Int) throws {
    let plain = try plaintext(kind: kind, content: randomness.bytes(byteCount))
    let bytes = try plain.serialized()
    #expect(bytes.count == SessionPlaintext.prefixByteCount + byteCount)
    #expect(try SessionPlaintext.parse(bytes) == plain)
    let key = try keyPair(counting(from: 5)).publicKey
    let announcing = try plaintext(
      kind: kind,
      sealingKey: SealingKeyAnnouncement(
        sealID: .max, key: key, secret: byteCount.isMultiple(of: 2) ? counting(from: 9) : nil),
      content: randomness.bytes(byteCount))
    #expect(try announcing.serialized().count == (byteCount.isMultiple(of: 2) ? 148 : 108) + byteCount)
    #expect(try SessionPlaintext.parse(try announcing.serialized()) == announcing)
  }

  @Test func `a list mark is major, then minor`() {
    let mark = ListMark(major: 9, minor: 4, hash16: counting(from: 1))
    #expect(mark.version == 9 << 32 | 4)
    #expect(mark.major == 9)
    #expect(mark.minor == 4)
    #expect(
      ListMark(major: 2, minor: 0, hash16: mark.hash16).version
        > ListMark(major: 1, minor: .max, hash16: mark.hash16).version)
  }

  @Test func `a content over 56 KiB is refused both ways`() throws {
    let tooLong = [UInt8](repeating: 1, count: 57_345)
    #expect(throws: LayoutError.tooLong(limit: 57_344, actual: 57_345)) { try plaintext(content: tooLong) }
    let bytes = try prefix() + [0, 0] + tooLong
    #expect(throws: LayoutError.tooLong(limit: 57_344, actual: 57_345)) { try SessionPlaintext.parse(bytes) }
  }

  @Test func `a plaintext cut inside its prefix is refused`() throws {
    let key = try keyPair(counting(from: 5)).publicKey
    let bytes = try plaintext(sealingKey: SealingKeyAnnouncement(sealID: 1, key: key, secret: nil), content: [])
      .serialized()
    #expect(bytes.count == 108)
    for count in 0..<108 {
      #expect(throws: LayoutError.self, "\(count) bytes") { try SessionPlaintext.parse([UInt8](bytes[..<count])) }
    }
  }

  @Test(arguments: [0, 5, 255] as [UInt8])
  func `an unknown kind is refused`(kind: UInt8) throws {
    var bytes = try plaintext().serialized()
    bytes[1] = kind
    #expect(throws: LayoutError.unknownValue(field: "session plaintext kind", value: Int(kind))) {
      try SessionPlaintext.parse(bytes)
    }
  }

  @Test(arguments: [0, 2, 255] as [UInt8])
  func `another version is refused`(version: UInt8) throws {
    var bytes = try plaintext().serialized()
    bytes[0] = version
    #expect(throws: LayoutError.unknownValue(field: "session plaintext version", value: Int(version))) {
      try SessionPlaintext.parse(bytes)
    }
  }

  @Test func `an unknown extension is passed over, an unknown critical one refused`() throws {
    let harmless = try prefix() + [0, 5, 0, 3, 0, 1, 0xaa] + [7]
    let parsed = try SessionPlaintext.parse(harmless)
    #expect(parsed.content == [7])
    #expect(parsed.sealingKey == nil)
    let critical = try prefix() + [0, 5, 0x80, 2, 0, 1, 0xaa] + [7]
    #expect(throws: LayoutError.unknownValue(field: "critical extension", value: 0x8002)) {
      try SessionPlaintext.parse(critical)
    }
  }

  @Test func `a sealing key twice, of another length or not canonical is refused`() throws {
    let key = try keyPair(counting(from: 5)).publicKey.bytes.array
    let value: [UInt8] = [0, 1, 0, 36] + [0, 0, 0, 9] + key
    let twice = try prefix() + [0, 80] + value + value
    #expect(throws: LayoutError.notAllowed(field: "ext order")) { try SessionPlaintext.parse(twice) }
    let short = try prefix() + [0, 39] + [0, 1, 0, 35] + [0, 0, 0, 9] + key.dropLast()
    #expect(throws: LayoutError.wrongByteCount(expected: 36, actual: 35)) { try SessionPlaintext.parse(short) }
    let overlong = try prefix() + [0, 40] + [0, 1, 0, 36] + [0, 0, 0, 9] + [UInt8](repeating: 0xff, count: 32)
    #expect(throws: LayoutError.notAllowed(field: "sealing key")) { try SessionPlaintext.parse(overlong) }
  }

  @Test func `random bytes never do more than fail`() {
    var accepted = 0
    for _ in 0..<2_000 {
      var bytes = randomness.bytes(Int(randomness.bytes(1)[0]))
      if bytes.count > 68 { bytes.replaceSubrange(0..<2, with: [1, 1]) }
      guard let parsed = try? SessionPlaintext.parse(bytes) else { continue }
      accepted += 1
      #expect((try? parsed.serialized())?.count ?? 0 <= bytes.count)
    }
    #expect(accepted < 2_000)
  }
}
