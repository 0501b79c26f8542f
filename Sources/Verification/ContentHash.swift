package import ByteLayout
import CSodium

/// Hashes of public data. Nothing here may be given a secret: the inputs are not wiped.
package enum ContentHash {
  /// SHA-256 (FIPS 180-4), 32 bytes.
  package static func sha256(_ message: [UInt8]) -> FixedBytes<32> {
    var digest = [UInt8](repeating: 0, count: 32)
    // crypto_hash_sha256 always returns 0.
    _ = unsafe crypto_hash_sha256(&digest, message, UInt64(message.count))
    return fixed(digest)
  }

  /// SHA-512 (FIPS 180-4), 64 bytes.
  package static func sha512(_ message: [UInt8]) -> FixedBytes<64> {
    var digest = [UInt8](repeating: 0, count: 64)
    // crypto_hash_sha512 always returns 0.
    _ = unsafe crypto_hash_sha512(&digest, message, UInt64(message.count))
    return fixed(digest)
  }

  /// Unkeyed BLAKE2b with a 32-byte digest (RFC 7693), for bulk bytes.
  package static func blake2b256(_ message: [UInt8]) -> FixedBytes<32> {
    var digest = [UInt8](repeating: 0, count: 32)
    // crypto_generichash fails only for sizes outside 16…64 bytes.
    _ = unsafe crypto_generichash(&digest, 32, message, UInt64(message.count), nil, 0)
    return fixed(digest)
  }

  /// H(label, x) of C0: SHA-256(label ‖ 0x00 ‖ x).
  package static func labelled(_ label: String, _ body: some Sequence<UInt8>) -> FixedBytes<32> {
    sha256(SignedMessage.bytes(label: label, body: body))
  }

  private static func fixed<let count: Int>(_ digest: [UInt8]) -> FixedBytes<count> {
    var value = FixedBytes<count>()
    for index in 0..<count { value[index] = digest[index] }
    return value
  }
}
