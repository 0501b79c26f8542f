package import ByteLayout
import Primitives
import SecretMemory
import Verification

/// Answers a session start (Protocol §5, C4).
///
/// Deletes nothing: a forged start must not use up a prekey, so the one-time pair is deleted by the transaction that
/// keeps the first message it decrypted.
package enum ResponderHandshake {
  /// Computes the secrets of the session that `start` begins.
  ///
  /// - Parameters:
  ///   - own: this device.
  ///   - start: as it came; what it says is believed only after the message behind it has decrypted.
  ///   - claimedSessionID: the session id of that message.
  ///   - initiator: the account that the sealed layer authenticated.
  ///   - initiatorEntry: the device that the sealed layer authenticated, found by number *and* key in the lists of the
  ///     start or, if they were cut, in the pinned ones.
  ///   - signedPrekey: the one that `start.bundleID` names.
  ///   - bundleHash: the hash of that bundle, kept beside it.
  ///   - oneTimePrekey: the one that `start.oneTimePrekeyID` names; nil iff it names none. An unknown id is not
  ///     answered at all.
  /// - Throws: ``KeyAgreementError/mismatch(_:)`` when the pieces do not belong together or the session id is not the
  ///   computed one, ``KeyAgreementError/ownDevice`` when the start comes from here.
  package static func accept(
    own: borrowing DeviceIdentity, start: SessionStart, claimedSessionID: SessionID, initiator: AccountID,
    initiatorEntry: DeviceEntry, signedPrekey: borrowing SignedPrekey, bundleHash: FixedBytes<32>,
    oneTimePrekey: borrowing OneTimePrekey?
  ) throws(KeyAgreementError) -> SessionSecrets {
    guard initiator != own.account || initiatorEntry.device != own.device, initiatorEntry.deviceKey != own.deviceKey
    else { throw .ownDevice }
    guard initiatorEntry.suites.contains(start.suite) else { throw .mismatch(.suites) }
    guard start.bundleID == signedPrekey.bundleID else { throw .mismatch(.bundleID) }
    let used: SessionContext.UsedOneTimePrekey?
    switch oneTimePrekey {
    case .some(let oneTimePrekey):
      guard start.oneTimePrekeyID == oneTimePrekey.id else { throw .mismatch(.oneTimePrekeyID) }
      used = .init(id: oneTimePrekey.id, publicKey: oneTimePrekey.keyPair.publicKey)
    case .none:
      guard start.oneTimePrekeyID == nil else { throw .mismatch(.oneTimePrekeyID) }
      used = nil
    }
    let context = SessionContext(
      suite: start.suite, purpose: start.purpose, purposeID: start.purposeID, replaces: start.replaces,
      initiator: .init(account: initiator, device: initiatorEntry.device, deviceKey: initiatorEntry.deviceKey),
      responder: .init(account: own.account, device: own.device, deviceKey: own.deviceKey), bundleHash: bundleHash,
      ephemeralKey: start.ephemeralKey, oneTimePrekey: used)
    // The id binds every field of the context, so a start that was changed on its way ends before the arithmetic.
    guard context.sessionID == claimedSessionID else { throw .mismatch(.sessionID) }

    let sharedSecret: SecretBytes
    switch oneTimePrekey {
    case .some(let oneTimePrekey):
      sharedSecret = try X3DH.responderSecret(
        identity: own.agreementKeyPair, signedPrekey: signedPrekey.keyPair, oneTimePrekey: oneTimePrekey.keyPair,
        peerIdentity: initiatorEntry.agreementKey, ephemeral: start.ephemeralKey)
    case .none:
      sharedSecret = try X3DH.responderSecret(
        identity: own.agreementKeyPair, signedPrekey: signedPrekey.keyPair,
        peerIdentity: initiatorEntry.agreementKey, ephemeral: start.ephemeralKey)
    }
    return try SessionSecrets(sharedSecret: sharedSecret, context: context, remoteRatchetKey: nil)
  }
}
