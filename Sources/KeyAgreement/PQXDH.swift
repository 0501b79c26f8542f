package import Primitives
package import SecretMemory

/// The PQXDH key agreement itself: X3DH's Diffie–Hellman outputs, and the secret of an ML-KEM-1024 encapsulation (Protocol
/// §5.5).
///
///     SK = HKDF-SHA-256(salt = Z(32), ikm = 0xFF×32 ‖ DH1 ‖ DH2 ‖ DH3 [‖ DH4] ‖ SS, info = label, 32)
///
/// Who can break one of the two, X25519 or ML-KEM, still has not SK. Verifies nothing, as ``X3DH``.
package enum PQXDH {
  /// SK at the initiator, 32 bytes.
  ///
  /// - Parameters:
  ///   - identity, ephemeral, peerIdentity, signedPrekey, oneTimePrekey: as in ``X3DH``.
  ///   - kemSecret: SS, 32 bytes, encapsulated for this handshake alone.
  /// - Throws: ``PrimitiveError/nonContributoryKey`` when one of the peer's points has small order.
  package static func initiatorSecret(
    identity: borrowing X25519KeyPair, ephemeral: borrowing X25519KeyPair, peerIdentity: X25519PublicKey,
    signedPrekey: X25519PublicKey, oneTimePrekey: X25519PublicKey?, kemSecret: consuming SecretBytes
  ) throws(KeyAgreementError) -> SecretBytes {
    do throws(PrimitiveError) {
      var material = try X3DH.initiatorMaterial(
        identity: identity, ephemeral: ephemeral, peerIdentity: peerIdentity, signedPrekey: signedPrekey,
        oneTimePrekey: oneTimePrekey)
      try material.append(kemSecret)
      return try material.sharedSecret(label: KeyAgreementLabel.pqxdh)
    } catch { throw .primitive(error) }
  }

  /// SK at the responder, 32 bytes, when the initiator used no one-time prekey.
  ///
  /// - Parameter kemSecret: SS, decapsulated with the key of last resort.
  package static func responderSecret(
    identity: borrowing X25519KeyPair, signedPrekey: borrowing X25519KeyPair, peerIdentity: X25519PublicKey,
    ephemeral: X25519PublicKey, kemSecret: consuming SecretBytes
  ) throws(KeyAgreementError) -> SecretBytes {
    do throws(PrimitiveError) {
      var material = try X3DH.responderMaterial(
        identity: identity, signedPrekey: signedPrekey, peerIdentity: peerIdentity, ephemeral: ephemeral)
      try material.append(kemSecret)
      return try material.sharedSecret(label: KeyAgreementLabel.pqxdh)
    } catch { throw .primitive(error) }
  }

  /// SK at the responder, 32 bytes, when the initiator used a one-time prekey.
  ///
  /// - Parameters:
  ///   - oneTimePrekey: OPK_B's pair.
  ///   - kemSecret: SS, decapsulated with the KEM key beside it.
  package static func responderSecret(
    identity: borrowing X25519KeyPair, signedPrekey: borrowing X25519KeyPair,
    oneTimePrekey: borrowing X25519KeyPair, peerIdentity: X25519PublicKey, ephemeral: X25519PublicKey,
    kemSecret: consuming SecretBytes
  ) throws(KeyAgreementError) -> SecretBytes {
    do throws(PrimitiveError) {
      var material = try X3DH.responderMaterial(
        identity: identity, signedPrekey: signedPrekey, peerIdentity: peerIdentity, ephemeral: ephemeral)
      try material.append(try oneTimePrekey.sharedSecret(with: ephemeral))
      try material.append(kemSecret)
      return try material.sharedSecret(label: KeyAgreementLabel.pqxdh)
    } catch { throw .primitive(error) }
  }
}
