/// Reads the big-endian layouts of the specification strictly: bounded, in order, nothing left over.
///
/// Every method either takes exactly its field or throws and leaves the reader where it was.
package struct LayoutReader: Sendable {
  @usableFromInline let bytes: ArraySlice<UInt8>
  @usableFromInline var position: Int

  /// Starts at the first byte of `bytes`.
  package init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    position = bytes.startIndex
  }

  /// Starts at the first byte of `bytes`.
  package init(_ bytes: [UInt8]) {
    self.init(bytes[...])
  }

  /// How many bytes have been taken.
  package var consumedByteCount: Int { position - bytes.startIndex }

  /// How many bytes are left.
  @inlinable package var remainingByteCount: Int { bytes.endIndex - position }

  /// Takes the next `count` bytes.
  @inlinable package mutating func bytes(_ count: Int) throws(LayoutError) -> ArraySlice<UInt8> {
    guard count >= 0, count <= remainingByteCount else {
      throw .truncated(needed: count, left: remainingByteCount)
    }
    defer { position += count }
    return bytes[position..<position + count]
  }

  /// Takes everything that is left.
  package mutating func rest() -> ArraySlice<UInt8> {
    defer { position = bytes.endIndex }
    return bytes[position...]
  }

  /// Takes a value of fixed size.
  @inlinable @inline(__always) package mutating func fixed<let count: Int>(
    _ type: FixedBytes<count>.Type = FixedBytes<count>.self
  ) throws(LayoutError) -> FixedBytes<count> {
    try FixedBytes<count>(try bytes(count))
  }

  package mutating func uint8() throws(LayoutError) -> UInt8 {
    let taken = try bytes(1)
    return taken[taken.startIndex]
  }

  package mutating func uint16() throws(LayoutError) -> UInt16 { UInt16(truncatingIfNeeded: try bigEndian(2)) }
  package mutating func uint32() throws(LayoutError) -> UInt32 { UInt32(truncatingIfNeeded: try bigEndian(4)) }
  package mutating func uint64() throws(LayoutError) -> UInt64 { try bigEndian(8) }

  /// Takes lp8(x): one length byte, then that many bytes.
  package mutating func lengthPrefixed8() throws(LayoutError) -> ArraySlice<UInt8> {
    let start = position
    let count = Int(try uint8())
    do { return try bytes(count) } catch {
      position = start
      throw error
    }
  }

  /// Takes lp16(x): two length bytes, then that many bytes, at most `limit`.
  package mutating func lengthPrefixed16(limit: Int = 65_535) throws(LayoutError) -> ArraySlice<UInt8> {
    let start = position
    let count = Int(try uint16())
    guard count <= limit else {
      position = start
      throw .tooLong(limit: limit, actual: count)
    }
    do { return try bytes(count) } catch {
      position = start
      throw error
    }
  }

  /// Takes one byte that must be `expected`: a version or a domain marker.
  package mutating func expect(_ expected: UInt8, field: String) throws(LayoutError) {
    let start = position
    let value = try uint8()
    guard value == expected else {
      position = start
      throw .unknownValue(field: field, value: Int(value))
    }
  }

  /// Refuses trailing bytes.
  package func finish() throws(LayoutError) {
    guard remainingByteCount == 0 else { throw .trailingBytes(remainingByteCount) }
  }

  private mutating func bigEndian(_ count: Int) throws(LayoutError) -> UInt64 {
    var value: UInt64 = 0
    for byte in try bytes(count) { value = value << 8 | UInt64(byte) }
    return value
  }
}
