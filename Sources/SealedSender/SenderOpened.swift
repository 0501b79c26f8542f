package import Primitives
import SecretMemory

/// An envelope whose c1 is open and whose c2 is not (C3): it names a sender who is not proved yet.
///
/// Between the two steps the caller decides whether to go on: kinds 1, 3 and 4 only when (account, device, device key)
/// is in the pinned list; its own (account, device) never.
package struct SenderOpened: ~Copyable, Sendable {
  /// The claimed sender.
  package let sender: SealedSenderIdentity
  /// The claimed kind of the payload.
  package let kind: EnvelopeKind
  /// The number of the sealing key that was used.
  package let sealID: UInt32

  private let sealKey: X25519PublicKey
  private let transcript: SealedTranscript
  private let ephemeralSecret: SecretBytes
  private let sealedSender: [UInt8]
  private let sealedBody: [UInt8]

  init(
    sender: SealedSenderIdentity, kind: EnvelopeKind, sealID: UInt32, sealKey: X25519PublicKey,
    transcript: SealedTranscript, ephemeralSecret: consuming SecretBytes, sealedSender: [UInt8], sealedBody: [UInt8]
  ) {
    self.sender = sender
    self.kind = kind
    self.sealID = sealID
    self.sealKey = sealKey
    self.transcript = transcript
    self.ephemeralSecret = ephemeralSecret
    self.sealedSender = sealedSender
    self.sealedBody = sealedBody
  }

  /// Opens the body; computes the static–static Diffie–Hellman.
  ///
  /// - Parameter sealingKeyPair: the same as in the step before.
  /// - Returns: the payload without its padding. The sender's device key took part in sealing it.
  /// - Throws: ``SealedSenderError/refused``, or ``SealedSenderError/primitive(_:)`` for local failures.
  package borrowing func openBody(sealingKeyPair: borrowing X25519KeyPair) throws(SealedSenderError) -> [UInt8] {
    try openBody(agreement: try StaticAgreement(sealingKeyPair: sealingKeyPair, deviceKey: sender.deviceKey))
  }

  /// Opens the body with a cached agreement.
  ///
  /// - Throws: as the other form, and ``SealedSenderError/agreementMismatch`` for another device's or key's agreement.
  package borrowing func openBody(agreement: borrowing StaticAgreement) throws(SealedSenderError) -> [UInt8] {
    guard agreement.deviceKey == sender.deviceKey, agreement.sealKey == sealKey else { throw .agreementMismatch }
    let padded: [UInt8]
    do throws(PrimitiveError) {
      padded = try XChaCha20Poly1305.open(
        sealedBody, key: try transcript.bodyKey(ephemeral: ephemeralSecret, agreement: agreement),
        nonce: SealedEnvelope.zeroNonce, additionalData: transcript.bytes + sealedSender)
    } catch {
      throw .opening(error)
    }
    return try EnvelopePadding.stripped(padded)
  }
}
