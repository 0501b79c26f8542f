import ByteLayout
package import Primitives
package import SecretMemory

/// What a handshake hands to the ratchet and to the exporters: bytes, so that neither layer knows the other (C4).
package struct SessionSecrets: ~Copyable, Sendable {
  package let sessionID: SessionID
  /// What was agreed on; part of ``associatedData``.
  package let suite: Suite
  /// SK, 32 bytes: the ratchet's first root key. Not kept after that.
  package let sharedSecret: SecretBytes
  /// AD, 98 bytes, public.
  package let associatedData: [UInt8]
  /// The key of ephemeral messages from the initiator, 32 bytes.
  package let exporterInitiatorToResponder: SecretBytes
  /// The key of ephemeral messages from the responder, 32 bytes.
  package let exporterResponderToInitiator: SecretBytes
  /// What a secret chat shows as its picture, 32 bytes.
  package let picture: SecretBytes
  /// At the initiator SPK_B, with which its ratchet begins; nil at the responder, which begins with SPK_B's pair.
  package let remoteRatchetKey: X25519PublicKey?

  /// exporter = HKDF(context, SK, "Sotto_Export_v1", 96) = ephemeral A→B ‖ ephemeral B→A ‖ picture.
  init(
    sharedSecret: consuming SecretBytes, context: SessionContext, remoteRatchetKey: X25519PublicKey?
  ) throws(KeyAgreementError) {
    let exported = try KeyAgreementError.primitive { () throws(PrimitiveError) in
      try HKDFSHA256.derive(
        salt: context.hash.array, inputKeyMaterial: sharedSecret, info: [UInt8](KeyAgreementLabel.export.utf8),
        byteCount: 96)
    }
    let forward = try KeyAgreementError.memory { () throws(SecretMemoryError) in try exported.slice(0..<32) }
    let backward = try KeyAgreementError.memory { () throws(SecretMemoryError) in try exported.slice(32..<64) }
    let picture = try KeyAgreementError.memory { () throws(SecretMemoryError) in try exported.slice(64..<96) }
    exporterInitiatorToResponder = forward
    exporterResponderToInitiator = backward
    self.picture = picture
    sessionID = context.sessionID
    suite = context.suite
    self.sharedSecret = sharedSecret
    associatedData = context.associatedData
    self.remoteRatchetKey = remoteRatchetKey
  }
}
