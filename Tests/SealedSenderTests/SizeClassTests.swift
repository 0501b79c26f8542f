import SealedSender
import Testing

@Suite struct `Size classes` {
  @Test(
    arguments: zip(
      [0, 1, 883, 884, 885, 1_908, 1_909, 3_000, 65_396],
      [1_024, 1_024, 1_024, 1_024, 2_048, 2_048, 4_096, 4_096, 65_536]))
  func `a payload takes the smallest size that holds it`(payload: Int, envelope: Int) throws {
    #expect(try SizeClass(forPayloadByteCount: payload).byteCount == envelope)
  }
  @Test func `there are seven sizes, each twice the one before`() {
    #expect(SizeClass.allCases.map(\.byteCount) == (0...6).map { 1_024 << $0 })
  }
  @Test func `a payload over 65 396 bytes is refused`() {
    #expect(throws: SealedSenderError.payloadTooLong(limit: 65_396, actual: 65_397)) {
      try SizeClass(forPayloadByteCount: 65_397)
    }
  }
}
