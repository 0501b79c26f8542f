import Primitives
import SecretMemory

/// DHs: the own ratchet key pair, new at every Diffie–Hellman step. A responder's first one is its signed prekey.
struct RatchetKeyPair: ~Copyable, Sendable {
  private let pair: X25519KeyPair

  var publicKey: X25519PublicKey { pair.publicKey }

  init(_ pair: consuming X25519KeyPair) {
    self.pair = pair
  }

  /// Draws 32 bytes and computes the public key.
  init(from randomness: some Randomness) throws(PrimitiveError) {
    pair = try X25519KeyPair(from: randomness)
  }

  /// X25519(DHs, remote), 32 bytes.
  ///
  /// - Throws: ``PrimitiveError/nonContributoryKey`` when the peer's key has small order.
  borrowing func sharedSecret(with remoteKey: X25519PublicKey) throws(PrimitiveError) -> SecretBytes {
    try pair.sharedSecret(with: remoteKey)
  }

  /// A copy of the scalar, 32 bytes: for the archive.
  borrowing func scalarCopy() throws(SecretMemoryError) -> SecretBytes {
    try pair.withScalar { scalar throws(SecretMemoryError) in try scalar.duplicate() }
  }
}
