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
  ///   - lowestSuite: below it nothing is answered. Only vectors and interoperability tests go below what is spoken.
  /// - Throws: ``KeyAgreementError/mismatch(_:)`` when the pieces do not belong together or the session id is not the
  ///   computed one, ``KeyAgreementError/suiteRefused(_:)`` for a lower suite than both devices list,
  ///   ``KeyAgreementError/ownDevice`` when the start comes from here.
  package static func accept(
    own: borrowing DeviceIdentity, start: SessionStart, claimedSessionID: SessionID, initiator: AccountID,
    initiatorEntry: DeviceEntry, signedPrekey: borrowing SignedPrekey, bundleHash: FixedBytes<32>,
    oneTimePrekey: borrowing OneTimePrekey?, lowestSuite: Suite = .lowestSpoken
  ) throws(KeyAgreementError) -> SessionSecrets {
    guard initiator != own.account || initiatorEntry.device != own.device, initiatorEntry.deviceKey != own.deviceKey
    else { throw .ownDevice }
    guard initiatorEntry.suites.contains(start.suite), own.suites.contains(start.suite) else {
      throw .mismatch(.suites)
    }
    guard start.suite >= max(lowestSuite, own.suites.highestCommon(with: initiatorEntry.suites)) else {
      throw .suiteRefused(start.suite)
    }
    guard start.bundleID == signedPrekey.bundleID else { throw .mismatch(.bundleID) }
    let used: SessionContext.UsedOneTimePrekey?
    let usedKEM: SessionContext.UsedKEMPrekey?
    switch oneTimePrekey {
    case .some(let oneTimePrekey):
      guard start.oneTimePrekeyID == oneTimePrekey.id else { throw .mismatch(.oneTimePrekeyID) }
      used = .init(id: oneTimePrekey.id, publicKey: oneTimePrekey.keyPair.publicKey)
      usedKEM = try kem(oneTimePrekey.kem, usedBy: start)
    case .none:
      guard start.oneTimePrekeyID == nil else { throw .mismatch(.oneTimePrekeyID) }
      used = nil
      usedKEM = try kem(signedPrekey.lastResort, usedBy: start)
    }
    let context = SessionContext(
      suite: start.suite, purpose: start.purpose, purposeID: start.purposeID, replaces: start.replaces,
      initiator: .init(account: initiator, device: initiatorEntry.device, deviceKey: initiatorEntry.deviceKey),
      responder: .init(account: own.account, device: own.device, deviceKey: own.deviceKey), bundleHash: bundleHash,
      ephemeralKey: start.ephemeralKey, oneTimePrekey: used, kem: usedKEM)
    // The id binds every field of the context, so a start that was changed on its way ends before the arithmetic.
    guard context.sessionID == claimedSessionID else { throw .mismatch(.sessionID) }

    let sharedSecret: SecretBytes
    switch oneTimePrekey {
    case .some(let oneTimePrekey):
      if let kemSecret = try decapsulated(start, with: oneTimePrekey.kem) {
        sharedSecret = try PQXDH.responderSecret(
          identity: own.agreementKeyPair, signedPrekey: signedPrekey.keyPair, oneTimePrekey: oneTimePrekey.keyPair,
          peerIdentity: initiatorEntry.agreementKey, ephemeral: start.ephemeralKey, kemSecret: kemSecret)
      } else {
        sharedSecret = try X3DH.responderSecret(
          identity: own.agreementKeyPair, signedPrekey: signedPrekey.keyPair, oneTimePrekey: oneTimePrekey.keyPair,
          peerIdentity: initiatorEntry.agreementKey, ephemeral: start.ephemeralKey)
      }
    case .none:
      if let kemSecret = try decapsulated(start, with: signedPrekey.lastResort) {
        sharedSecret = try PQXDH.responderSecret(
          identity: own.agreementKeyPair, signedPrekey: signedPrekey.keyPair,
          peerIdentity: initiatorEntry.agreementKey, ephemeral: start.ephemeralKey, kemSecret: kemSecret)
      } else {
        sharedSecret = try X3DH.responderSecret(
          identity: own.agreementKeyPair, signedPrekey: signedPrekey.keyPair,
          peerIdentity: initiatorEntry.agreementKey, ephemeral: start.ephemeralKey)
      }
    }
    return try SessionSecrets(sharedSecret: sharedSecret, context: context, remoteRatchetKey: nil)
  }

  /// The KEM fields of the context: the prekey that belongs to the start's other keys, and no other; nil in suite 1.
  private static func kem(
    _ prekey: borrowing KEMPrekey?, usedBy start: SessionStart
  ) throws(KeyAgreementError) -> SessionContext.UsedKEMPrekey? {
    guard let encapsulated = start.encapsulated else { return nil }
    switch prekey {
    case .some(let prekey):
      guard encapsulated.prekeyID == prekey.id else { throw .mismatch(.kemPrekeyID) }
      return .init(publicKey: prekey.keyPair.publicKey, ciphertext: encapsulated.ciphertext)
    case .none: throw .mismatch(.kemPrekeyID)
    }
  }

  /// SS, 32 bytes; nil in suite 1. A ciphertext that was not made for this key gives another secret: the message behind the
  /// start will not decrypt.
  private static func decapsulated(
    _ start: SessionStart, with prekey: borrowing KEMPrekey?
  ) throws(KeyAgreementError) -> SecretBytes? {
    guard let encapsulated = start.encapsulated else { return nil }
    switch prekey {
    case .some(let prekey):
      do throws(PrimitiveError) { return try prekey.keyPair.decapsulate(encapsulated.ciphertext) } catch {
        throw .primitive(error)
      }
    case .none: throw .mismatch(.kemPrekeyID)
    }
  }
}
