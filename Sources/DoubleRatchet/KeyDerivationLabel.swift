/// The info strings of the ratchet's key derivations (Protocol §6, §6a).
enum KeyDerivationLabel {
  /// KDF_RK: root key and chain key from a Diffie–Hellman output.
  static let root = [UInt8]("Sotto_DR_Root_v1".utf8)
  /// AEAD key and nonce from a message key.
  static let message = [UInt8]("Sotto_DR_Message_v1".utf8)
  /// The post-quantum ratchet's epoch 0 from the handshake's secret.
  static let postQuantumStart = [UInt8]("Sotto_PQ_Start_v1".utf8)
  /// A further epoch from the secret of an encapsulation.
  static let postQuantumEpoch = [UInt8]("Sotto_PQ_Epoch_v1".utf8)
}
