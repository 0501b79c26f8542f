package import ByteLayout
import CSodium

/// An Ed25519 public key, 32 bytes (RFC 8032), for checking signatures.
package struct VerifyingKey: Hashable, Sendable {
  /// The encoded point, 32 bytes.
  package let bytes: FixedBytes<32>

  /// Takes the encoding as it is; libsodium judges the point whenever a signature is checked.
  package init(_ bytes: FixedBytes<32>) { self.bytes = bytes }

  /// Whether `signature` is this key's over `message` (RFC 8032 with libsodium's acceptance rules:
  /// canonical S, small-order A and R refused, cofactorless).
  package func isValid(_ signature: Signature, for message: [UInt8]) -> Bool {
    guard (try? Sodium.start()) != nil else { return false }  // fails closed: nothing verifies without libsodium
    return unsafe signature.bytes.array.withUnsafeBufferPointer { signature in
      unsafe message.withUnsafeBufferPointer { message in
        unsafe bytes.array.withUnsafeBufferPointer { key in
          guard let signature = signature.baseAddress, let key = key.baseAddress else { return false }
          return unsafe crypto_sign_verify_detached(
            signature, message.baseAddress, UInt64(message.count), key) == 0
        }
      }
    }
  }

  /// Whether `signature` is Sign(key, label, body) of C0: a signature over label ‖ 0x00 ‖ body.
  package func isValid(_ signature: Signature, label: String, body: some Sequence<UInt8>) -> Bool {
    isValid(signature, for: SignedMessage.bytes(label: label, body: body))
  }
}

/// An Ed25519 signature, 64 bytes (RFC 8032).
package struct Signature: Hashable, Sendable {
  package let bytes: FixedBytes<64>
  package init(_ bytes: FixedBytes<64>) { self.bytes = bytes }
}

/// What Sign(k, label, x) of C0 signs.
package enum SignedMessage {
  /// label ‖ 0x00 ‖ body: the label keeps signatures of different kinds apart.
  @inlinable package static func bytes(label: String, body: some Sequence<UInt8>) -> [UInt8] {
    var message: [UInt8] = []
    message.reserveCapacity(label.utf8.count + 1 + body.underestimatedCount)
    message.append(contentsOf: label.utf8)
    message.append(0)
    message.append(contentsOf: body)
    return message
  }
}
