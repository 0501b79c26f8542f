import Primitives
import SecretMemory

/// MK, 32 bytes: encrypts or decrypts one message and is gone.
///
/// ```
/// okm = HKDF-SHA-256(salt = 32 zero bytes, ikm = MK, info = "Sotto_DR_Message_v1", 56)
/// key = okm[0..32], nonce = okm[32..56]                                             (Protocol §6.6)
/// ```
/// In suite 3 the salt is a chain key of the post-quantum ratchet (§6a.4). A key that is mixed is what HKDF has extracted from
/// both; that is also what is kept for a late message.
struct MessageKey: ~Copyable, Sendable {
  private let bytes: SecretBytes
  /// Whether a post-quantum chain key is in it.
  private let isMixed: Bool

  init(_ bytes: consuming SecretBytes, isMixed: Bool = false) {
    self.bytes = bytes
    self.isMixed = isMixed
  }

  /// The key of suite 3: HKDF's extraction with the chain key as salt.
  borrowing func mixed(with chainKey: borrowing HMACSHA256.PreparedKey) throws(PrimitiveError) -> MessageKey {
    MessageKey(try chainKey.secret(bytes), isMixed: true)
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
    guard !isMixed else {
      return try HKDFSHA256.expand(pseudorandomKey: bytes, info: KeyDerivationLabel.message, byteCount: 56)
    }
    return try HKDFSHA256.deriveWithZeroSalt(
      inputKeyMaterial: bytes, info: KeyDerivationLabel.message, byteCount: 56)
  }
}
