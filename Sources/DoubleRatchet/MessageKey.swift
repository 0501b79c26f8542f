import Primitives
import SecretMemory

/// MK, 32 bytes: encrypts or decrypts one message and is gone.
///
/// ```
/// okm = HKDF-SHA-256(salt = 32 zero bytes, ikm = MK, info = "Sotto_DR_Message_v1", 56)
/// key = okm[0..32], nonce = okm[32..56]                                             (Protocol §6.6)
/// ```
struct MessageKey: ~Copyable, Sendable {
  private let bytes: SecretBytes

  init(_ bytes: consuming SecretBytes) {
    self.bytes = bytes
  }

  /// Encrypts; the result is 16 bytes longer than `plaintext`.
  consuming func seal(_ plaintext: [UInt8], additionalData: [UInt8]) throws(PrimitiveError) -> [UInt8] {
    // The nonce is derived, not drawn, and is not sent: this key seals exactly one message, because it is consumed.
    try XChaCha20Poly1305.seal(plaintext, keyAndNonce: try keyAndNonce(), additionalData: additionalData)
  }

  /// Decrypts and authenticates.
  consuming func open(_ ciphertext: [UInt8], additionalData: [UInt8]) throws(PrimitiveError) -> [UInt8] {
    try XChaCha20Poly1305.open(ciphertext, keyAndNonce: try keyAndNonce(), additionalData: additionalData)
  }

  /// Hands the key over to be kept for a message that has not come yet.
  consuming func skipped(at unixSeconds: Int64) -> SkippedMessageKey {
    SkippedMessageKey(bytes: bytes, storedAt: unixSeconds)
  }

  private borrowing func keyAndNonce() throws(PrimitiveError) -> SecretBytes {
    try HKDFSHA256.deriveWithZeroSalt(
      inputKeyMaterial: bytes, info: KeyDerivationLabel.message, byteCount: 56)
  }
}
