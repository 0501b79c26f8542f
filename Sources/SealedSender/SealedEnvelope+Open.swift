package import ByteLayout
package import Primitives
import SecretMemory

extension SealedEnvelope {
  /// The first step of opening: which of the own sealing keys the envelope was sealed to.
  ///
  /// - Throws: ``SealedSenderError/refused`` unless it has one of the seven sizes and a known version.
  package static func sealID(of envelope: [UInt8]) throws(SealedSenderError) -> UInt32 {
    try ClearPart(envelope).sealID
  }

  /// The second step: opens c1, which names the sender.
  ///
  /// Anyone who knows the sealing key can make a c1 that opens and names anybody. Until the body has opened the name
  /// may choose what is looked up, and must change nothing.
  ///
  /// - Parameters:
  ///   - mailbox: where the envelope was found.
  ///   - envelopeID: under which it was found.
  ///   - sealingKeyPair: the own key whose number ``sealID(of:)`` told.
  ///   - sealSecret: the secret of that key; nil if it has none, then version 0x02 is refused.
  /// - Throws: ``SealedSenderError/refused``, or ``SealedSenderError/primitive(_:)`` for local failures.
  package static func openSender(
    _ envelope: [UInt8], mailbox: FixedBytes<32>, envelopeID: FixedBytes<16>, sealingKeyPair: borrowing X25519KeyPair,
    sealSecret: SealingSecret?
  ) throws(SealedSenderError) -> SenderOpened {
    let clear = try ClearPart(envelope)
    guard !clear.isWithSecret || sealSecret != nil else { throw .refused }
    do throws(PrimitiveError) {
      // A non-canonical key is refused here, one of small order by the Diffie–Hellman.
      let ephemeralKey = try X25519PublicKey(validating: clear.ephemeralKey)
      let ephemeralSecret = try sealingKeyPair.sharedSecret(with: ephemeralKey)
      let transcript = SealedTranscript(
        mailbox: mailbox, envelopeID: envelopeID, sealID: clear.sealID, sealKey: sealingKeyPair.publicKey,
        ephemeralKey: ephemeralKey, sealSecret: clear.isWithSecret ? sealSecret : nil)
      let name = try XChaCha20Poly1305.open(
        clear.sealedSender, key: try transcript.senderKey(ephemeral: ephemeralSecret), nonce: zeroNonce,
        additionalData: transcript.bytes)
      guard let claim = Claim(name) else { throw .authenticationFailed }
      return SenderOpened(
        sender: claim.sender, kind: claim.kind, sealID: clear.sealID, sealKey: sealingKeyPair.publicKey,
        transcript: transcript, ephemeralSecret: ephemeralSecret, sealedSender: clear.sealedSender,
        sealedBody: clear.sealedBody)
    } catch {
      throw .opening(error)
    }
  }

  /// What can be read without a key.
  private struct ClearPart {
    let isWithSecret: Bool
    let sealID: UInt32
    let ephemeralKey: FixedBytes<32>
    let sealedSender: [UInt8]
    let sealedBody: [UInt8]

    init(_ envelope: [UInt8]) throws(SealedSenderError) {
      guard SizeClass(rawValue: envelope.count) != nil else { throw .refused }
      var reader = LayoutReader(envelope)
      do throws(LayoutError) {
        let version = try reader.uint8()
        guard [SealedEnvelope.versionWithoutSecret, SealedEnvelope.versionWithSecret].contains(version) else {
          throw LayoutError.unknownValue(field: "sealed version", value: Int(version))
        }
        isWithSecret = version == SealedEnvelope.versionWithSecret
        sealID = try reader.uint32()
        ephemeralKey = try reader.fixed()
        sealedSender = [UInt8](try reader.bytes(SealedEnvelope.sealedSenderByteCount))
      } catch {
        throw .refused
      }
      sealedBody = [UInt8](reader.rest())
    }
  }

  /// What c1 says: accountId(33) ‖ device u32 ‖ deviceKey(32) ‖ kind u8.
  private struct Claim {
    let sender: SealedSenderIdentity
    let kind: EnvelopeKind

    init?(_ name: [UInt8]) {
      var reader = LayoutReader(name)
      do throws(LayoutError) {
        sender = try SealedSenderIdentity(reading: &reader)
        guard sender.isWellFormed, let kind = EnvelopeKind(rawValue: try reader.uint8()) else { return nil }
        self.kind = kind
        try reader.finish()
      } catch {
        return nil
      }
    }
  }
}
