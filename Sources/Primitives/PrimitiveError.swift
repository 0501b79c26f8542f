package import SecretMemory

/// Why a primitive refused. Carries sizes, never data.
package enum PrimitiveError: Error, Hashable, Sendable {
  /// libsodium could not be initialised, or does not behave as this code needs it to.
  case libraryUnusable
  /// No locked memory was to be had.
  case secretMemory(SecretMemoryError)
  /// An X25519 public key is not in canonical form: at least 2²⁵⁵ − 19, or its top bit is set.
  case nonCanonicalKey
  /// The shared secret would be all zero: the peer's point has small order.
  case nonContributoryKey
  /// An Ed25519 key that is no point of the main subgroup cannot become an X25519 key.
  case invalidPoint
  /// A tag did not verify: wrong key, nonce, additional data or ciphertext. Says nothing more.
  case authenticationFailed
  /// A value of fixed size came with another size.
  case wrongByteCount(expected: Int, actual: Int)
  /// More output was asked for than HKDF can give (255 · 32 bytes).
  case outputTooLong(Int)
  /// Passphrase parameters below the floor or above the ceiling.
  case passphraseParametersOutOfBounds
  /// The memory that the passphrase function needs was not to be had.
  case passphraseMemoryUnavailable
}
