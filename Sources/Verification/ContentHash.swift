package import ByteLayout
import CSodium

/// Hashes of public data. Nothing here may be given a secret: the inputs are not wiped.
package enum ContentHash {
  /// SHA-256 (FIPS 180-4), 32 bytes.
  package static func sha256(_ message: [UInt8]) -> FixedBytes<32> {
    unsafe digest { digest in
      // crypto_hash_sha256 always returns 0.
      unsafe crypto_hash_sha256(digest, message, UInt64(message.count))
    }
  }

  /// SHA-512 (FIPS 180-4), 64 bytes.
  package static func sha512(_ message: [UInt8]) -> FixedBytes<64> {
    unsafe digest { digest in
      // crypto_hash_sha512 always returns 0.
      unsafe crypto_hash_sha512(digest, message, UInt64(message.count))
    }
  }

  /// Unkeyed BLAKE2b with a 32-byte digest (RFC 7693), for bulk bytes.
  package static func blake2b256(_ message: [UInt8]) -> FixedBytes<32> {
    let bytes = unsafe message.span.bytes
    return blake2b256(bytes)
  }

  /// The same of bytes that lie elsewhere.
  package static func blake2b256(_ message: RawSpan) -> FixedBytes<32> {
    unsafe message.withUnsafeBytes { message in
      unsafe digest { digest in
        // crypto_generichash fails only for sizes outside 16…64 bytes.
        unsafe crypto_generichash(
          digest, 32, message.baseAddress?.assumingMemoryBound(to: UInt8.self), UInt64(message.count), nil, 0)
      }
    }
  }

  /// H(label, x) of C0: SHA-256(label ‖ 0x00 ‖ x).
  package static func labelled(_ label: String, _ body: [UInt8]) -> FixedBytes<32> {
    sha256(SignedMessage.bytes(label: label, body: body))
  }

  /// Lets `hash` write a digest of `count` bytes in place, 1 or more.
  private static func digest<let count: Int>(_ hash: (UnsafeMutablePointer<UInt8>) -> Int32) -> FixedBytes<count> {
    FixedBytes { bytes in
      unsafe bytes.withUnsafeMutableBytes { bytes in
        if let bytes = bytes.baseAddress { _ = unsafe hash(bytes.assumingMemoryBound(to: UInt8.self)) }
      }
    }
  }
}
