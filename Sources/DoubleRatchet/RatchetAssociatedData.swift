import ByteLayout

/// The session's associated data, opaque here, as it goes into every message's tag (Protocol §6.5).
package struct RatchetAssociatedData: Hashable, Sendable {
  /// The bytes that the handshake gave.
  package let bytes: [UInt8]

  /// u32(len AD) ‖ AD: the part that is the same for every message.
  private let encoded: [UInt8]

  package init(_ bytes: [UInt8]) {
    self.bytes = bytes
    let count = UInt32(truncatingIfNeeded: bytes.count)
    precondition(Int(count) == bytes.count, "associated data is shorter than 4 GiB")
    encoded = (0..<4).map { UInt8(truncatingIfNeeded: count >> UInt32(24 - 8 * $0)) } + bytes
  }

  /// u32(len AD) ‖ AD ‖ header.
  package func additionalData(for header: RatchetHeader) -> [UInt8] {
    var result = [UInt8](repeating: 0, count: encoded.count + header.byteCount)
    result.replaceSubrange(0..<encoded.count, with: encoded)
    var span = result.mutableSpan
    var output = span.mutableBytes
    header.write(to: &output, at: encoded.count)
    return result
  }
}
