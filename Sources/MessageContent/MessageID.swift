package import ByteLayout

/// The name of a message beside its author's: 16 random bytes, chosen by the author, sealed end to end (G1).
///
/// It has nothing to do with the id of the envelope that carries it.
package struct MessageID: Hashable, Sendable {
  package let bytes: FixedBytes<16>

  package init(_ bytes: FixedBytes<16>) { self.bytes = bytes }

  /// - Throws: ``ContentError/wrongByteCount(field:expected:actual:)`` unless there are exactly 16 bytes.
  init(validating bytes: some Collection<UInt8>, field: ContentField) throws(ContentError) {
    do throws(LayoutError) { self.bytes = try FixedBytes(bytes) } catch {
      throw .wrongByteCount(field: field, expected: 16, actual: bytes.count)
    }
  }
}

extension MessageID: CustomStringConvertible {
  /// Lower-case hexadecimal, 32 digits.
  package var description: String { bytes.description }
}
