/// Why bytes do not follow a layout. Carries sizes and indices, never data.
package enum LayoutError: Error, Hashable, Sendable {
  /// A fixed-size value came with another size.
  case wrongByteCount(expected: Int, actual: Int)
  /// The bytes end before the field does.
  case truncated(needed: Int, left: Int)
  /// Bytes follow after the last field.
  case trailingBytes(Int)
  /// A length prefix or a whole structure is over its limit.
  case tooLong(limit: Int, actual: Int)
  /// A version byte, tag or enumerated value that this version does not know.
  case unknownValue(field: String, value: Int)
  /// A value that is understood but not allowed: wrong order, a duplicate, out of range, not canonical.
  case notAllowed(field: String)
  /// Text that is not hexadecimal.
  case notHexadecimal
}
