/// Frames one after the other in the body of an HTTP message: `(u32 length ‖ frame)*` (Docs/WireFormat.md, "Frames over
/// HTTP"). No frame is empty or above 1 MiB, and nothing follows the last one.
package enum DelimitedFrames {
  /// Bytes of the body of a request, at most: one frame of the greatest size has room.
  package static let maximumRequestByteCount = WireLimits.maximumFrameByteCount + lengthByteCount
  /// Requests in one body, at most.
  package static let maximumCount = 64
  /// Bytes in front of a frame.
  package static let lengthByteCount = 4

  /// Joins frames to a body.
  package static func encode(_ frames: [[UInt8]]) -> [UInt8] {
    var body: [UInt8] = []
    body.reserveCapacity(frames.reduce(0) { $0 + $1.count + lengthByteCount })
    for frame in frames {
      for shift in stride(from: 24, through: 0, by: -8) { body.append(UInt8(truncatingIfNeeded: frame.count >> shift)) }
      body += frame
    }
    return body
  }

  /// Cuts a body into its frames.
  ///
  /// - Parameter limit: frames that may be in it.
  /// - Throws: ``WireError/notAFrame``, ``WireError/frameTooLarge(byteCount:)``, ``WireError/tooMany(field:limit:actual:)``.
  package static func decode(_ body: [UInt8], limit: Int = maximumCount) throws(WireError) -> [[UInt8]] {
    var frames: [[UInt8]] = []
    var position = 0
    while position < body.count {
      guard body.count - position > lengthByteCount else { throw .notAFrame }
      let length = body[position..<position + lengthByteCount].reduce(0) { $0 << 8 | Int($1) }
      position += lengthByteCount
      guard length <= WireLimits.maximumFrameByteCount else { throw .frameTooLarge(byteCount: length) }
      guard length > 0, length <= body.count - position else { throw .notAFrame }
      guard frames.count < limit else { throw .tooMany(field: "frames", limit: limit, actual: frames.count + 1) }
      frames.append(Array(body[position..<position + length]))
      position += length
    }
    return frames
  }
}
