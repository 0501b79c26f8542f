/// Bounds of one connection.
package struct ConnectionLimits: Hashable, Sendable {
  /// Bytes of one frame.
  package var frameByteCount: Int
  /// Requests that are being done; then nothing more is read.
  package var requestsInFlight: Int
  /// Bytes that wait to be taken; then nothing more is written, and in the end nothing more is read.
  package var outboundByteCount: Int

  package init(
    frameByteCount: Int = 1 << 20, requestsInFlight: Int = 256, outboundByteCount: Int = 4 << 20
  ) {
    self.frameByteCount = frameByteCount
    self.requestsInFlight = requestsInFlight
    self.outboundByteCount = outboundByteCount
  }
}
