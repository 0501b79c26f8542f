import RelayWire
import Testing

@Suite struct `Frames in the body of a message` {
  @Test(arguments: [[], [[1]], [[1, 2], [3], [UInt8](repeating: 7, count: 70_000)]] as [[[UInt8]]])
  func `come out as they went in`(frames: [[UInt8]]) throws {
    #expect(try DelimitedFrames.decode(DelimitedFrames.encode(frames)) == frames)
  }

  @Test func `have their length in front, big-endian`() {
    #expect(DelimitedFrames.encode([[0xAA], [0xBB, 0xCC]]) == [0, 0, 0, 1, 0xAA, 0, 0, 0, 2, 0xBB, 0xCC])
  }

  @Test(
    arguments: [
      [0], [0, 0, 0, 1], [0, 0, 0, 0], [0, 0, 0, 2, 1], [0, 0, 0, 1, 1, 0], [0, 0, 0, 0, 0, 0, 0, 1, 1],
    ] as [[UInt8]])
  func `that are cut, empty or followed by something are refused`(body: [UInt8]) {
    #expect(throws: WireError.notAFrame) { try DelimitedFrames.decode(body) }
  }

  @Test func `that are too large are refused before they are there`() {
    #expect(throws: WireError.frameTooLarge(byteCount: (1 << 20) + 1)) { try DelimitedFrames.decode([0, 16, 0, 1, 0]) }
  }

  @Test func `that are too many are refused`() throws {
    let frames = [[UInt8]](repeating: [1], count: DelimitedFrames.maximumCount)
    #expect(try DelimitedFrames.decode(DelimitedFrames.encode(frames)).count == frames.count)
    #expect(throws: WireError.tooMany(field: "frames", limit: 64, actual: 65)) {
      try DelimitedFrames.decode(DelimitedFrames.encode(frames + [[1]]))
    }
  }
}
