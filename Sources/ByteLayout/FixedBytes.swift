/// A public value of exactly `count` bytes, stored inline: identifiers, public keys, hashes, nonces.
///
/// Comparison is not constant-time and the storage is not wiped: secrets live in `SecretBytes` instead.
package struct FixedBytes<let count: Int>: Hashable, Sendable {
  private var storage: InlineArray<count, UInt8>

  /// All zero bytes: the layouts' Z(n).
  package init() {
    storage = InlineArray(repeating: 0)
  }

  /// Takes exactly `count` bytes.
  ///
  /// - Throws: ``LayoutError/wrongByteCount(expected:actual:)`` for any other length.
  package init(_ bytes: some Collection<UInt8>) throws(LayoutError) {
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
  package init<Failure: Error>(filledBy fill: (inout MutableRawSpan) throws(Failure) -> Void) throws(Failure) {
    storage = InlineArray(repeating: 0)
    var span = storage.mutableSpan
    var raw = span.mutableBytes
    try fill(&raw)
  }

  /// The byte at `index`, 0 ..< count.
  package subscript(index: Int) -> UInt8 {
    get { storage[index] }
    set { storage[index] = newValue }
  }

  /// Lends the bytes without copying them.
  package borrowing func withBytes<Result: ~Copyable, Failure: Error>(
    _ body: (RawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(storage.span.bytes)
  }

  /// A copy of the bytes as an array.
  package var array: [UInt8] {
    [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      for index in 0..<count { buffer[index] = storage[index] }
      initialized = count
    }
  }

  /// Whether every byte is zero.
  package var isZero: Bool {
    for index in 0..<count where storage[index] != 0 { return false }
    return true
  }

  /// The first `prefixCount` bytes.
  package func prefix<let prefixCount: Int>() -> FixedBytes<prefixCount> {
    precondition(prefixCount <= count, "a prefix is not longer than the value")
    var result = FixedBytes<prefixCount>()
    for index in 0..<prefixCount { result[index] = storage[index] }
    return result
  }

  package static func == (left: Self, right: Self) -> Bool {
    for index in 0..<count where left.storage[index] != right.storage[index] { return false }
    return true
  }

  package func hash(into hasher: inout Hasher) {
    storage.span.bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
  }
}

extension FixedBytes: Comparable {
  /// Byte-wise order, first byte first: the order in which the layouts sort and compare identifiers.
  package static func < (left: Self, right: Self) -> Bool {
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
