/// A secret of 32 bytes on its way through a protobuf message: a slot secret (C9).
///
/// Protobuf has no other place for it than `Data`, and this target none in locked memory. So it may live for the length
/// of a call only: the caller moves it into secret memory or into the sealed store and lets this go. It is not wiped.
/// Not comparable, not printable.
package struct CarriedSecret: Sendable {
  package static let byteCount = 32

  /// Exactly 32 bytes.
  package let bytes: [UInt8]

  /// - Throws: ``ContentError/wrongByteCount(field:expected:actual:)`` for any other length.
  package init(_ bytes: [UInt8]) throws(ContentError) {
    guard bytes.count == Self.byteCount else {
      throw .wrongByteCount(field: .slotSecret, expected: Self.byteCount, actual: bytes.count)
    }
    self.bytes = bytes
  }

  /// Whether both are the same bytes, in a time that does not depend on where they differ.
  func isSame(as other: CarriedSecret) -> Bool {
    zip(bytes, other.bytes).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
  }
}

// Printing a message that holds one must not print it.
extension CarriedSecret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String { "32 secret bytes" }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: [:]) }
}
