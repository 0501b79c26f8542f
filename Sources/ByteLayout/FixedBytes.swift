/// A public value of exactly `count` bytes, stored inline: identifiers, public keys, hashes, nonces.
///
/// Comparison is not constant-time and the storage is not wiped: secrets live in `SecretBytes` instead.
///
/// Everything is `@inlinable`: other modules get code for their count instead of code for every count, which would look
/// the size of the storage up at run time. What hot paths call is `@inline(__always)` as well: the compiler does not
/// specialise code for every count on its own.
package struct FixedBytes<let count: Int>: Hashable, Sendable {
  @usableFromInline var storage: InlineArray<count, UInt8>

  /// All zero bytes: the layouts' Z(n).
  @inlinable @inline(__always) package init() {
    storage = InlineArray(repeating: 0)
  }

  /// Takes exactly `count` bytes.
  ///
  /// - Throws: ``LayoutError/wrongByteCount(expected:actual:)`` for any other length.
  @inlinable @inline(__always) package init(_ bytes: some Collection<UInt8>) throws(LayoutError) {
    guard bytes.count == count else { throw .wrongByteCount(expected: count, actual: bytes.count) }
    var filled = InlineArray<count, UInt8>(repeating: 0)
    var index = 0
    for byte in bytes {
      filled[index] = byte
      index += 1
    }
    storage = filled
  }

  /// Lets `fill` write the bytes in place.
  @inlinable @inline(__always) package init<Failure: Error>(
    filledBy fill: (inout MutableRawSpan) throws(Failure) -> Void
  ) throws(Failure) {
    storage = InlineArray(repeating: 0)
    var span = storage.mutableSpan
    var raw = span.mutableBytes
    try fill(&raw)
  }

  /// The byte at `index`, 0 ..< count.
  @inlinable package subscript(index: Int) -> UInt8 {
    get { storage[index] }
    set { storage[index] = newValue }
  }

  /// Lends the bytes without copying them.
  @inlinable @inline(__always) package borrowing func withBytes<Result: ~Copyable, Failure: Error>(
    _ body: (RawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(storage.span.bytes)
  }

  /// A copy of the bytes as an array.
  @inlinable package var array: [UInt8] {
    @inline(__always) get { storage.span.bytes.withUnsafeBytes { [UInt8]($0) } }
  }

  /// Whether every byte is zero.
  @inlinable package var isZero: Bool {
    for index in 0..<count where storage[index] != 0 { return false }
    return true
  }

  /// The first `prefixCount` bytes.
  @inlinable @inline(__always) package func prefix<let prefixCount: Int>() -> FixedBytes<prefixCount> {
    precondition(prefixCount <= count, "a prefix is not longer than the value")
    var result = FixedBytes<prefixCount>()
    for index in 0..<prefixCount { result[index] = storage[index] }
    return result
  }

  @inlinable @inline(__always) package static func == (left: Self, right: Self) -> Bool {
    // Without a branch in the loop, so that it becomes a few wide comparisons.
    var difference: UInt8 = 0
    for index in 0..<count { difference |= left.storage[index] ^ right.storage[index] }
    return difference == 0
  }

  @inlinable @inline(__always) package func hash(into hasher: inout Hasher) {
    storage.span.bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
  }
}

extension FixedBytes: Comparable {
  /// Byte-wise order, first byte first: the order in which the layouts sort and compare identifiers.
  @inlinable package static func < (left: Self, right: Self) -> Bool {
    for index in 0..<count where left.storage[index] != right.storage[index] {
      return left.storage[index] < right.storage[index]
    }
    return false
  }
}

extension FixedBytes: CustomStringConvertible {
  /// Lower-case hexadecimal.
  package var description: String { Hexadecimal.encode(array) }
}
