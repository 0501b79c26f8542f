package import ByteLayout
package import Primitives
import SecretMemory

/// The outer layer, which hides from the relay who sent an envelope and proves it to the recipient (C3).
///
/// ```
/// envelope = version ‖ sealId u32 ‖ E(32) ‖ c1(86) ‖ c2     1 024 · 2^i bytes, i = 0 … 6
/// c1       = AEAD(k1, zero nonce, aad t,      accountId(33) ‖ device u32 ‖ deviceKey(32) ‖ kind u8)
/// c2       = AEAD(k2, zero nonce, aad t ‖ c1, payload ‖ 0x80 ‖ 0x00…)
/// ```
/// c1 hides the sender; c2 proves that the device key took part, to the recipient only, who could have made it too.
/// The transcript hash t binds both to one mailbox, envelope id and sealing key: a copy elsewhere does not open. Version 0x02
/// takes the recipient's sealing secret into both keys, version 0x01 is for those who do not have it yet.
///
/// Does not look senders up, judge their device lists or refuse the caller's own devices: the caller does, between
/// ``openSender(_:mailbox:envelopeID:sealingKeyPair:)`` and ``SenderOpened/openBody(sealingKeyPair:)``.
package enum SealedEnvelope {
  /// Sealed to the sealing key alone: by those who know no more of the recipient than its bundle.
  static let versionWithoutSecret: UInt8 = 0x01
  /// Sealed to the sealing key and the sealing secret.
  static let versionWithSecret: UInt8 = 0x02
  /// accountId ‖ device ‖ deviceKey ‖ kind under a tag.
  static let sealedSenderByteCount = SealedSenderIdentity.byteCount + 1 + XChaCha20Poly1305.tagByteCount
  /// Version, seal id and ephemeral key, in the clear.
  static let clearByteCount = 1 + 4 + 32
  /// Each key seals exactly one message: E is fresh and enters both keys through t.
  static let zeroNonce = FixedBytes<24>()

  /// Seals `payload`; computes the static–static Diffie–Hellman.
  ///
  /// - Parameters: as in the form that takes a ``StaticAgreement``; `senderAgreementKeyPair` is the X25519 form of
  ///   the sender's device key.
  package static func seal(
    payload: [UInt8], kind: EnvelopeKind, sender: SealedSenderIdentity,
    senderAgreementKeyPair: borrowing X25519KeyPair, mailbox: FixedBytes<32>, envelopeID: FixedBytes<16>,
    sealID: UInt32, sealKey: X25519PublicKey, sealSecret: SealingSecret?, randomness: some Randomness
  ) throws(SealedSenderError) -> [UInt8] {
    let agreement = try StaticAgreement(
      deviceKey: sender.deviceKey, deviceKeyPair: senderAgreementKeyPair, sealKey: sealKey)
    return try seal(
      payload: payload, kind: kind, sender: sender, agreement: agreement, mailbox: mailbox, envelopeID: envelopeID,
      sealID: sealID, sealSecret: sealSecret, randomness: randomness)
  }

  /// Seals `payload` to the sealing key that `agreement` was made with: one key generation, one Diffie–Hellman.
  ///
  /// - Parameters:
  ///   - payload: at most 65 396 bytes; what it is, `kind` says.
  ///   - sender: this device.
  ///   - agreement: of this device's key and the recipient's sealing key.
  ///   - mailbox: the recipient's; an envelope for another mailbox of the same device is sealed anew.
  ///   - envelopeID: 16 random bytes, under which the relay will store the envelope.
  ///   - sealID: the recipient's number for its sealing key.
  ///   - sealSecret: the recipient's, if this device has been told it; then the envelope is of version 0x02.
  ///   - randomness: gives the 32 bytes of e, and nothing else.
  /// - Returns: the envelope, 1 024 · 2^i bytes.
  /// - Throws: ``SealedSenderError``, but never `refused`.
  package static func seal(
    payload: [UInt8], kind: EnvelopeKind, sender: SealedSenderIdentity, agreement: borrowing StaticAgreement,
    mailbox: FixedBytes<32>, envelopeID: FixedBytes<16>, sealID: UInt32, sealSecret: SealingSecret?,
    randomness: some Randomness
  ) throws(SealedSenderError) -> [UInt8] {
    guard sender.isWellFormed else { throw .invalidSender }
    guard agreement.deviceKey == sender.deviceKey else { throw .agreementMismatch }
    let size = try SizeClass(forPayloadByteCount: payload.count)
    do throws(PrimitiveError) {
      let ephemeralKeyPair = try X25519KeyPair(from: randomness)
      let ephemeralSecret = try ephemeralKeyPair.sharedSecret(with: agreement.sealKey)
      let transcript = SealedTranscript(
        mailbox: mailbox, envelopeID: envelopeID, sealID: sealID, sealKey: agreement.sealKey,
        ephemeralKey: ephemeralKeyPair.publicKey, sealSecret: sealSecret)

      var name = LayoutWriter(capacity: SealedSenderIdentity.byteCount + 1)
      sender.write(to: &name)
      name.uint8(kind.rawValue)
      let sealedSender = try XChaCha20Poly1305.seal(
        name.bytes, key: try transcript.senderKey(ephemeral: ephemeralSecret), nonce: zeroNonce,
        additionalData: transcript.bytes)
      let sealedBody = try XChaCha20Poly1305.seal(
        EnvelopePadding.padded(payload, to: size),
        key: try transcript.bodyKey(ephemeral: ephemeralSecret, agreement: agreement), nonce: zeroNonce,
        additionalData: transcript.bytes + sealedSender)

      var envelope = LayoutWriter(capacity: size.byteCount)
      envelope.uint8(transcript.version)
      envelope.uint32(sealID)
      envelope.append(ephemeralKeyPair.publicKey.bytes)
      envelope.append(sealedSender)
      envelope.append(sealedBody)
      return envelope.bytes
    } catch {
      throw .primitive(error)
    }
  }
}
