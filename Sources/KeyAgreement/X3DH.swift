import ByteLayout
package import Primitives
package import SecretMemory

/// The X3DH key agreement itself, without formats around it (Protocol §5.5).
///
///     DH1 = X25519(IK_A, SPK_B)     DH2 = X25519(EK_A, IK_B)
///     DH3 = X25519(EK_A, SPK_B)     DH4 = X25519(EK_A, OPK_B), if there is a one-time prekey
///     SK  = HKDF-SHA-256(salt = Z(32), ikm = 0xFF×32 ‖ DH1 ‖ DH2 ‖ DH3 [‖ DH4], info = label, 32)
///     AD  = EncodeEC(IK_A) ‖ EncodeEC(IK_B) ‖ appendix
///
/// Verifies nothing: ``InitiatorHandshake`` and ``ResponderHandshake`` have done that before they come here.
package enum X3DH {
  /// SK at the initiator, 32 bytes.
  ///
  /// - Parameters:
  ///   - identity: IK_A, the X25519 form of the device key.
  ///   - ephemeral: EK_A, made for this handshake alone.
  ///   - peerIdentity: IK_B, the X25519 form of the peer's device key.
  ///   - signedPrekey: SPK_B.
  ///   - oneTimePrekey: OPK_B, if the relay had one.
  /// - Throws: ``PrimitiveError/nonContributoryKey`` when one of the peer's points has small order.
  package static func initiatorSecret(
    identity: borrowing X25519KeyPair, ephemeral: borrowing X25519KeyPair, peerIdentity: X25519PublicKey,
    signedPrekey: X25519PublicKey, oneTimePrekey: X25519PublicKey?
  ) throws(KeyAgreementError) -> SecretBytes {
    do throws(PrimitiveError) {
      let material = try initiatorMaterial(
        identity: identity, ephemeral: ephemeral, peerIdentity: peerIdentity, signedPrekey: signedPrekey,
        oneTimePrekey: oneTimePrekey)
      return try material.sharedSecret(label: KeyAgreementLabel.x3dh)
    } catch { throw .primitive(error) }
  }

  /// SK at the responder, 32 bytes, when the initiator used no one-time prekey.
  ///
  /// - Parameters:
  ///   - identity: IK_B.
  ///   - signedPrekey: SPK_B's pair.
  ///   - peerIdentity: IK_A.
  ///   - ephemeral: EK_A.
  package static func responderSecret(
    identity: borrowing X25519KeyPair, signedPrekey: borrowing X25519KeyPair, peerIdentity: X25519PublicKey,
    ephemeral: X25519PublicKey
  ) throws(KeyAgreementError) -> SecretBytes {
    do throws(PrimitiveError) {
      let material = try responderMaterial(
        identity: identity, signedPrekey: signedPrekey, peerIdentity: peerIdentity, ephemeral: ephemeral)
      return try material.sharedSecret(label: KeyAgreementLabel.x3dh)
    } catch { throw .primitive(error) }
  }

  /// SK at the responder, 32 bytes, when the initiator used a one-time prekey.
  ///
  /// - Parameter oneTimePrekey: OPK_B's pair.
  package static func responderSecret(
    identity: borrowing X25519KeyPair, signedPrekey: borrowing X25519KeyPair,
    oneTimePrekey: borrowing X25519KeyPair, peerIdentity: X25519PublicKey, ephemeral: X25519PublicKey
  ) throws(KeyAgreementError) -> SecretBytes {
    do throws(PrimitiveError) {
      var material = try responderMaterial(
        identity: identity, signedPrekey: signedPrekey, peerIdentity: peerIdentity, ephemeral: ephemeral)
      try material.append(try oneTimePrekey.sharedSecret(with: ephemeral))
      return try material.sharedSecret(label: KeyAgreementLabel.x3dh)
    } catch { throw .primitive(error) }
  }

  /// 0xFF×32 ‖ DH1 ‖ DH2 ‖ DH3 [‖ DH4].
  static func initiatorMaterial(
    identity: borrowing X25519KeyPair, ephemeral: borrowing X25519KeyPair, peerIdentity: X25519PublicKey,
    signedPrekey: X25519PublicKey, oneTimePrekey: X25519PublicKey?
  ) throws(PrimitiveError) -> KeyMaterial {
    var material = try KeyMaterial()
    try material.append(try identity.sharedSecret(with: signedPrekey))
    try material.append(try ephemeral.sharedSecret(with: peerIdentity))
    try material.append(try ephemeral.sharedSecret(with: signedPrekey))
    if let oneTimePrekey { try material.append(try ephemeral.sharedSecret(with: oneTimePrekey)) }
    return material
  }

  /// The initiator's 0xFF×32 ‖ DH1 ‖ DH2 ‖ DH3 from the other side; DH4 is for the caller to append.
  static func responderMaterial(
    identity: borrowing X25519KeyPair, signedPrekey: borrowing X25519KeyPair, peerIdentity: X25519PublicKey,
    ephemeral: X25519PublicKey
  ) throws(PrimitiveError) -> KeyMaterial {
    var material = try KeyMaterial()
    try material.append(try signedPrekey.sharedSecret(with: peerIdentity))
    try material.append(try identity.sharedSecret(with: ephemeral))
    try material.append(try signedPrekey.sharedSecret(with: ephemeral))
    return material
  }

  /// AD: the initiator's identity, the responder's, then an appendix that this layer does not look into.
  package static func associatedData(
    initiator: EncodedKey, responder: EncodedKey, appendix: [UInt8]
  ) -> [UInt8] {
    initiator.bytes.array + responder.bytes.array + appendix
  }
}
