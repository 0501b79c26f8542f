/// The info strings of the ratchet's key derivations (Protocol §6).
enum KeyDerivationLabel {
  /// KDF_RK: root key and chain key from a Diffie–Hellman output.
  static let root = [UInt8]("Sotto_DR_Root_v1".utf8)
  /// AEAD key and nonce from a message key.
  static let message = [UInt8]("Sotto_DR_Message_v1".utf8)
}
