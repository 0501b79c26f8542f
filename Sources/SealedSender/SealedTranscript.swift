import ByteLayout
import Primitives
import SecretMemory
import Verification

/// What one envelope is bound to, and the two keys that follow from it (C3).
///
/// ```
/// t  = H("Sotto_Sealed_v1", version ‖ mailbox(32) ‖ envelopeId(16) ‖ sealId u32 ‖ S ‖ E)
/// k1 = HKDF(t, X25519(e, S) [‖ σ], "Sotto_Sealed_Sender_v1", 32)
/// k2 = HKDF(t, X25519(e, S) ‖ X25519(device key, S) [‖ σ], "Sotto_Sealed_Body_v1", 32)
/// ```
/// σ is the recipient's sealing secret, in version 0x02.
struct SealedTranscript: Sendable {
  /// t, 32 bytes: salt of both derivations and start of both additional data.
  let bytes: [UInt8]
  private let sealSecret: SealingSecret?

  init(
    mailbox: FixedBytes<32>, envelopeID: FixedBytes<16>, sealID: UInt32, sealKey: X25519PublicKey,
    ephemeralKey: X25519PublicKey, sealSecret: SealingSecret?
  ) {
    self.sealSecret = sealSecret
    var writer = LayoutWriter(capacity: 117)
    writer.uint8(Self.version(sealSecret))
    writer.append(mailbox)
    writer.append(envelopeID)
    writer.uint32(sealID)
    writer.append(sealKey.bytes)
    writer.append(ephemeralKey.bytes)
    bytes = ContentHash.labelled(SealedSenderLabel.transcript, writer.bytes).array
  }

  /// The version byte that goes with it.
  var version: UInt8 { Self.version(sealSecret) }

  private static func version(_ sealSecret: SealingSecret?) -> UInt8 {
    sealSecret == nil ? SealedEnvelope.versionWithoutSecret : SealedEnvelope.versionWithSecret
  }

  /// k1, from the ephemeral–static Diffie–Hellman.
  func senderKey(ephemeral: borrowing SecretBytes) throws(PrimitiveError) -> SecretBytes {
    try key(from: ephemeral, info: SealedSenderLabel.sender)
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
      return try key(from: material, info: SealedSenderLabel.body)
    }
  }

  /// HKDF(t, material [‖ σ], info, 32).
  private func key(from material: borrowing SecretBytes, info: [UInt8]) throws(PrimitiveError) -> SecretBytes {
    guard let sealSecret else {
      return try HKDFSHA256.derive(
        salt: bytes, inputKeyMaterial: material, info: info, byteCount: XChaCha20Poly1305.keyByteCount)
    }
    return try sealSecret.withSecret { secret throws(PrimitiveError) in
      let both: SecretBytes
      do throws(SecretMemoryError) { both = try material.appending(secret) } catch { throw .secretMemory(error) }
      return try HKDFSHA256.derive(
        salt: bytes, inputKeyMaterial: both, info: info, byteCount: XChaCha20Poly1305.keyByteCount)
    }
  }
}
