import ByteLayout
import SealedSender
import TestSupport
import Testing

@Suite struct `Session messages` {
  private let randomness = SeededRandomness("session messages")

  @Test(arguments: [16, 17, 1_000])
  func `a message comes back as it was, wherever it stands in other bytes`(ciphertext: Int) throws {
    let message = try SessionMessage(
      sessionID: counting(from: 1), header: randomness.bytes(41), ciphertext: randomness.bytes(ciphertext))
    let bytes = message.serialized
    #expect(bytes.count == 58 + ciphertext)
    #expect(try SessionMessage.parse(bytes[...]) == message)
    let afterStart = randomness.bytes(300) + bytes
    #expect(try SessionMessage.parse(afterStart[300...]) == message)
  }

  @Test func `a message shorter than its fixed parts is refused`() {
    let whole = [1] + randomness.bytes(16 + 41 + 16)
    for count in 0..<74 {
      #expect(throws: LayoutError.self, "\(count) bytes") { try SessionMessage.parse(whole[..<count]) }
    }
  }

  @Test(arguments: [0, 2, 3, 255] as [UInt8])
  func `a message of another version is refused`(version: UInt8) {
    #expect(throws: LayoutError.unknownValue(field: "session message version", value: Int(version))) {
      try SessionMessage.parse(([version] + randomness.bytes(100))[...])
    }
  }

  @Test(arguments: [0, 40, 42])
  func `a header of another length is refused`(byteCount: Int) {
    #expect(throws: LayoutError.wrongByteCount(expected: 41, actual: byteCount)) {
      try SessionMessage(
        sessionID: counting(from: 1), header: randomness.bytes(byteCount), ciphertext: randomness.bytes(20))
    }
  }
}
