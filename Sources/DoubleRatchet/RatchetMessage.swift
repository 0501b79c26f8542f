package import Primitives

/// One encrypted message: its header and its ciphertext with the tag at the end.
package struct RatchetMessage: Hashable, Sendable {
  package let header: RatchetHeader
  /// As long as the plaintext and 16 bytes.
  package let ciphertext: [UInt8]

  package init(header: RatchetHeader, ciphertext: [UInt8]) {
    self.header = header
    self.ciphertext = ciphertext
  }
}

/// What an authenticated message gave.
package struct DecryptedMessage: Sendable {
  package let plaintext: [UInt8]

  /// The peer's ratchet key that this message replaced by a new one, if it did.
  ///
  /// The caller remembers it: a message under a retired key is a replay and needs no further look.
  package let retiredRemoteKey: X25519PublicKey?
}
