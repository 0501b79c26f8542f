import ByteLayout
import Primitives
import SealedSender
import SecretMemory
import TestSupport
import Testing

@Suite struct `The cached static agreement` {
  private let randomness = SeededRandomness("agreement")
  private let destination = Destination()

  private func seal(with agreement: borrowing StaticAgreement, as identity: SealedSenderIdentity) throws -> [UInt8] {
    try SealedEnvelope.seal(
      payload: [9], kind: .ephemeral, sender: identity, agreement: agreement, mailbox: destination.mailbox,
      envelopeID: destination.envelopeID, sealID: 7, sealSecret: nil, randomness: randomness)
  }

  @Test func `sealing and opening with cached agreements is the same as without`() throws {
    let sender = try Sender()
    let sealingKeyPair = try keyPair(destination.sealScalar)
    let mine = try StaticAgreement(
      deviceKey: sender.identity.deviceKey, deviceKeyPair: sender.agreementKeyPair, sealKey: sealingKeyPair.publicKey)
    let envelope = try seal(with: mine, as: sender.identity)
    #expect(try open(envelope) == .opened(sender.identity, .ephemeral, payload: [9]))

    let computed = try StaticAgreement(sealingKeyPair: sealingKeyPair, deviceKey: sender.identity.deviceKey)
    let theirs = try StaticAgreement(
      archivedSecret: computed.withSecret { try $0.duplicate() }, deviceKey: computed.deviceKey,
      sealKey: computed.sealKey)
    let opened = try SealedEnvelope.openSender(
      envelope, mailbox: destination.mailbox, envelopeID: destination.envelopeID, sealingKeyPair: sealingKeyPair,
      sealSecret: nil)
    let payload = try opened.openBody(agreement: theirs)
    #expect(payload == [9])
  }

  @Test func `another device's agreement is refused on both sides`() throws {
    let sender = try Sender()
    let other = try Sender(seed: 2)
    let sealingKeyPair = try keyPair(destination.sealScalar)
    let wrong = try StaticAgreement(
      deviceKey: other.identity.deviceKey, deviceKeyPair: other.agreementKeyPair, sealKey: sealingKeyPair.publicKey)
    let right = try StaticAgreement(
      deviceKey: sender.identity.deviceKey, deviceKeyPair: sender.agreementKeyPair, sealKey: sealingKeyPair.publicKey)
    var sealing: SealedSenderError?
    do { _ = try seal(with: wrong, as: sender.identity) } catch { sealing = error as? SealedSenderError }
    #expect(sealing == .agreementMismatch)

    let opened = try SealedEnvelope.openSender(
      try seal(with: right, as: sender.identity), mailbox: destination.mailbox, envelopeID: destination.envelopeID,
      sealingKeyPair: sealingKeyPair, sealSecret: nil)
    var opening: SealedSenderError?
    do throws(SealedSenderError) { _ = try opened.openBody(agreement: wrong) } catch { opening = error }
    #expect(opening == .agreementMismatch)
    // The refusal did not use anything up.
    let payload = try opened.openBody(agreement: right)
    #expect(payload == [9])
  }

  @Test func `an agreement of another length is refused`() throws {
    let sealKey = try keyPair(destination.sealScalar).publicKey
    #expect(throws: SealedSenderError.primitive(.wrongByteCount(expected: 32, actual: 31))) {
      _ = try StaticAgreement(
        archivedSecret: SecretBytes(copying: [UInt8](repeating: 1, count: 31)),
        deviceKey: try Sender().identity.deviceKey,
        sealKey: sealKey)
    }
  }
}
