/// Why a frame, or one of its fields, is refused. Carries names, sizes and limits, never data.
package enum WireError: Error, Hashable, Sendable {
  /// The frame is longer than ``WireLimits/maximumFrameByteCount``.
  case frameTooLarge(byteCount: Int)
  /// The bytes are not the protobuf message that was expected.
  case notAFrame
  /// A request with id 0, which is the relay's own.
  case noRequestID
  /// A frame that says nothing this version knows.
  case nothingKnown
  /// A field that must be there is missing.
  case missing(field: String)
  /// A byte field of another size than the layout gives it.
  case wrongByteCount(field: String, actual: Int)
  /// A number or an enumerated value outside what is allowed.
  case outOfRange(field: String)
  /// More items than one frame may carry.
  case tooMany(field: String, limit: Int, actual: Int)
  /// A page whose items are not after + 1, after + 2, … or whose checkpoint is not that of its end.
  case notContiguous
}
