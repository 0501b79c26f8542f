package import ByteLayout
package import Primitives
package import SecretMemory

/// 32 random bytes that belong to a sealing key and that only those get who have a session with its device (C3, C5).
///
/// Who breaks X25519 later still does not open what was sealed with it. A class, so that it can be optional, kept in a cache
/// and lent to both ends.
package final class SealingSecret: Sendable {
  package static let byteCount = 32
  private let bytes: SecretBytes

  /// - Throws: ``PrimitiveError/wrongByteCount(expected:actual:)``.
  package init(_ bytes: consuming SecretBytes) throws(PrimitiveError) {
    guard bytes.byteCount == Self.byteCount else {
      throw .wrongByteCount(expected: Self.byteCount, actual: bytes.byteCount)
    }
    self.bytes = bytes
  }

  /// A copy in ordinary memory, for the message that tells it to a peer.
  package var announced: FixedBytes<32> {
    bytes.withBytes { source in
      FixedBytes<32> { copy in
        for index in 0..<Self.byteCount {
          copy.storeBytes(
            of: source.unsafeLoad(fromByteOffset: index, as: UInt8.self), toByteOffset: index, as: UInt8.self)
        }
      }
    }
  }

  /// Lends the 32 bytes to this layer's key derivation.
  func withSecret<Result: ~Copyable, Failure: Error>(
    _ body: (borrowing SecretBytes) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(bytes)
  }
}
