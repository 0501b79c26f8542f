package import ByteLayout
package import Primitives
import SecretMemory
import Verification

/// Begins a session with a device that may be away (Protocol §5, C4).
package enum InitiatorHandshake {
  /// Agrees on the secrets of a new session.
  ///
  /// Everything that comes from the peer carries a verified signature by its type; here it is checked that the pieces
  /// belong together and that the bundle is fresh, all before the first Diffie–Hellman. The ephemeral private key is
  /// wiped on return.
  ///
  /// - Parameters:
  ///   - own: this device.
  ///   - peer: the account that is meant.
  ///   - peerEntry: the device that is meant, from the accepted list of that account.
  ///   - bundle: verified under that account and entry.
  ///   - oneTimePrekey: verified likewise; nil when the relay had none left, then the session is marked by its owner.
  ///   - now: unix seconds.
  ///   - newestBundleIDSeen: the highest bundle id ever seen of that device.
  ///   - purposeID: 16 zero bytes for normal sessions; the secret chat's id otherwise.
  ///   - replaces: the session that this one is to replace.
  ///   - lists: this account's lists; nil to cut them once the peer has shown that it has them.
  /// - Throws: ``KeyAgreementError``; no state exists then.
  package static func begin(
    own: borrowing DeviceIdentity, peer: AccountID, peerEntry: DeviceEntry, bundle: PrekeyBundle,
    oneTimePrekey: OneTimePrekeyRecord?, now: UInt64, newestBundleIDSeen: UInt32?,
    purpose: SessionPurpose = .normal, purposeID: FixedBytes<16> = FixedBytes(), replaces: SessionID?,
    lists: DeviceLists?, randomness: some Randomness
  ) throws(KeyAgreementError) -> InitiatedSession {
    guard peer != own.account || peerEntry.device != own.device, peerEntry.deviceKey != own.deviceKey else {
      throw .ownDevice
    }
    try bundle.check(
      account: peer, device: peerEntry.device, deviceKey: peerEntry.deviceKey, suites: peerEntry.suites)
    try bundle.checkFreshness(now: now, newestBundleIDSeen: newestBundleIDSeen)
    if let oneTimePrekey {
      guard oneTimePrekey.account == peer else { throw .mismatch(.account) }
      guard oneTimePrekey.device == peerEntry.device else { throw .mismatch(.device) }
      guard oneTimePrekey.deviceKey == peerEntry.deviceKey else { throw .mismatch(.deviceKey) }
    }
    if let lists {
      guard lists.account == own.account else { throw .mismatch(.account) }
      guard lists.entry(of: own.device, deviceKey: own.deviceKey) != nil else { throw .mismatch(.deviceKey) }
    }

    let ephemeral: X25519KeyPair
    do throws(PrimitiveError) { ephemeral = try X25519KeyPair(from: randomness) } catch { throw .primitive(error) }
    let sharedSecret = try X3DH.initiatorSecret(
      identity: own.agreementKeyPair, ephemeral: ephemeral, peerIdentity: peerEntry.agreementKey,
      signedPrekey: bundle.signedPrekey, oneTimePrekey: oneTimePrekey?.publicKey)
    let context = SessionContext(
      suite: .x3dh, purpose: purpose, purposeID: purposeID, replaces: replaces,
      initiator: .init(account: own.account, device: own.device, deviceKey: own.deviceKey),
      responder: .init(account: peer, device: peerEntry.device, deviceKey: peerEntry.deviceKey),
      bundleHash: bundle.hash, ephemeralKey: ephemeral.publicKey,
      oneTimePrekey: oneTimePrekey.map { .init(id: $0.id, publicKey: $0.publicKey) })
    let start = SessionStart(
      suite: .x3dh, purpose: purpose, purposeID: purposeID, replaces: replaces, bundleID: bundle.bundleID,
      oneTimePrekeyID: oneTimePrekey?.id, ephemeralKey: ephemeral.publicKey, listsBytes: lists?.bytes)
    return InitiatedSession(
      start: start,
      secrets: try SessionSecrets(
        sharedSecret: sharedSecret, context: context, remoteRatchetKey: bundle.signedPrekey))
  }
}
