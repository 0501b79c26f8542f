import ByteLayout
import Primitives
import SecretMemory
import Verification

/// What one envelope is bound to, and the two keys that follow from it (C3).
///
/// ```
/// t  = H("Sotto_Sealed_v1", 0x01 ‖ mailbox(32) ‖ envelopeId(16) ‖ sealId u32 ‖ S ‖ E)
/// k1 = HKDF(t, X25519(e, S), "Sotto_Sealed_Sender_v1", 32)
/// k2 = HKDF(t, X25519(e, S) ‖ X25519(device key, S), "Sotto_Sealed_Body_v1", 32)
/// ```
struct SealedTranscript: Sendable {
  /// t, 32 bytes: salt of both derivations and start of both additional data.
  let bytes: [UInt8]

  init(
    mailbox: FixedBytes<32>, envelopeID: FixedBytes<16>, sealID: UInt32, sealKey: X25519PublicKey,
    ephemeralKey: X25519PublicKey
  ) {
    var writer = LayoutWriter(capacity: 117)
    writer.uint8(SealedEnvelope.version)
    writer.append(mailbox)
    writer.append(envelopeID)
    writer.uint32(sealID)
    writer.append(sealKey.bytes)
    writer.append(ephemeralKey.bytes)
    bytes = ContentHash.labelled(SealedSenderLabel.transcript, writer.bytes).array
  }

  /// k1, from the ephemeral–static Diffie–Hellman.
  func senderKey(ephemeral: borrowing SecretBytes) throws(PrimitiveError) -> SecretBytes {
    try HKDFSHA256.derive(
      salt: bytes, inputKeyMaterial: ephemeral, info: SealedSenderLabel.sender,
      byteCount: XChaCha20Poly1305.keyByteCount)
  }

  /// k2, from both Diffie–Hellmans.
  func bodyKey(
    ephemeral: borrowing SecretBytes, agreement: borrowing StaticAgreement
  ) throws(PrimitiveError) -> SecretBytes {
    try agreement.withSecret { staticSecret throws(PrimitiveError) in
      let material: SecretBytes
      do throws(SecretMemoryError) { material = try ephemeral.appending(staticSecret) } catch {
        throw .secretMemory(error)
      }
      return try HKDFSHA256.derive(
        salt: bytes, inputKeyMaterial: material, info: SealedSenderLabel.body,
        byteCount: XChaCha20Poly1305.keyByteCount)
    }
  }
}
