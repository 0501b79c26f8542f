/// Builds the big-endian layouts of the specification.
package struct LayoutWriter: Sendable {
  @usableFromInline package internal(set) var bytes: [UInt8] = []

  package init(capacity: Int = 0) {
    bytes.reserveCapacity(capacity)
  }

  @inlinable @inline(__always) package mutating func append(_ more: some Sequence<UInt8>) {
    bytes.append(contentsOf: more)
  }
  @inlinable @inline(__always) package mutating func append<let count: Int>(_ value: FixedBytes<count>) {
    value.withBytes { $0.withUnsafeBytes { append($0) } }
  }

  package mutating func uint8(_ value: UInt8) { bytes.append(value) }
  package mutating func uint16(_ value: UInt16) { bigEndian(UInt64(value), 2) }
  package mutating func uint32(_ value: UInt32) { bigEndian(UInt64(value), 4) }
  package mutating func uint64(_ value: UInt64) { bigEndian(value, 8) }

  /// Writes lp8(x).
  ///
  /// - Throws: ``LayoutError/tooLong(limit:actual:)`` above 255 bytes.
  package mutating func lengthPrefixed8(_ value: [UInt8]) throws(LayoutError) {
    guard value.count <= 255 else { throw .tooLong(limit: 255, actual: value.count) }
    uint8(UInt8(value.count))
    append(value)
  }

  /// Writes lp16(x).
  ///
  /// - Throws: ``LayoutError/tooLong(limit:actual:)`` above 65 535 bytes.
  package mutating func lengthPrefixed16(_ value: [UInt8]) throws(LayoutError) {
    guard value.count <= 65_535 else { throw .tooLong(limit: 65_535, actual: value.count) }
    uint16(UInt16(value.count))
    append(value)
  }

  private mutating func bigEndian(_ value: UInt64, _ count: Int) {
    for index in (0..<count).reversed() { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * UInt64(index)))) }
  }
}
