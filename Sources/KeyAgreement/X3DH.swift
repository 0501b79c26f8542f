import ByteLayout
package import Primitives
package import SecretMemory

/// The X3DH key agreement itself, without formats around it (Protocol §5.5, §1.6).
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
    try KeyAgreementError.primitive { () throws(PrimitiveError) in
      var material = KeyMaterial(try KeyMaterial.discontinuity())
      try material.append(try identity.sharedSecret(with: signedPrekey))
      try material.append(try ephemeral.sharedSecret(with: peerIdentity))
      try material.append(try ephemeral.sharedSecret(with: signedPrekey))
      if let oneTimePrekey { try material.append(try ephemeral.sharedSecret(with: oneTimePrekey)) }
      return try material.sharedSecret(label: KeyAgreementLabel.x3dh)
    }
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

  /// The initiator's DH1, DH2 and DH3 from the other side.
  private static func responderMaterial(
    identity: borrowing X25519KeyPair, signedPrekey: borrowing X25519KeyPair, peerIdentity: X25519PublicKey,
    ephemeral: X25519PublicKey
  ) throws(PrimitiveError) -> KeyMaterial {
    var material = KeyMaterial(try KeyMaterial.discontinuity())
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

/// The input of the derivation while it grows: 0xFF×32 ‖ DH1 ‖ …; suite 2 appends the KEM's secret last.
private struct KeyMaterial: ~Copyable {
  private var bytes: SecretBytes

  init(_ bytes: consuming SecretBytes) { self.bytes = bytes }

  /// 0xFF×32 (X3DH's F): no X25519 public key or Diffie–Hellman output looks like it, so that the input of this
  /// derivation is never the input of another.
  static func discontinuity() throws(PrimitiveError) -> SecretBytes {
    do throws(SecretMemoryError) {
      return try SecretBytes(byteCount: 32) { span in
        for index in 0..<32 { span.storeBytes(of: 0xff, toByteOffset: index, as: UInt8.self) }
      }
    } catch { throw .secretMemory(error) }
  }

  mutating func append(_ secret: consuming SecretBytes) throws(PrimitiveError) {
    do throws(SecretMemoryError) { bytes = try bytes.appending(secret) } catch { throw .secretMemory(error) }
  }

  consuming func sharedSecret(label: String) throws(PrimitiveError) -> SecretBytes {
    try HKDFSHA256.derive(
      salt: [UInt8](repeating: 0, count: 32), inputKeyMaterial: bytes, info: [UInt8](label.utf8), byteCount: 32)
  }
}
