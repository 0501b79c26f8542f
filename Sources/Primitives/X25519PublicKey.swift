package import ByteLayout

/// An X25519 public key in canonical form, 32 bytes (RFC 7748).
///
/// libsodium takes non-canonical encodings of a point as well; two encodings of one key would be two identities to
/// everything that compares bytes, so they are refused here. Points of small order are refused where they are used.
package struct X25519PublicKey: Hashable, Sendable {
  package let bytes: FixedBytes<32>

  /// Takes a peer's key.
  ///
  /// - Throws: ``PrimitiveError/nonCanonicalKey`` for values of 2²⁵⁵ − 19 and more, or with the top bit set.
  package init(validating bytes: FixedBytes<32>) throws(PrimitiveError) {
    guard Self.isCanonical(bytes) else { throw .nonCanonicalKey }
    self.bytes = bytes
  }

  /// A key that libsodium has just computed, which is canonical.
  init(computed bytes: FixedBytes<32>) { self.bytes = bytes }

  private static func isCanonical(_ bytes: FixedBytes<32>) -> Bool {
    // p = 2²⁵⁵ − 19 is ed ff … ff 7f in little-endian; the key is public, so an early exit tells nothing.
    guard bytes[31] & 0x80 == 0 else { return false }
    if bytes[31] != 0x7f { return true }
    for index in 1..<31 where bytes[index] != 0xff { return true }
    return bytes[0] < 0xed
  }
}
