package import ByteLayout
package import Primitives
import SecretMemory
import Verification

/// Begins a session with a device that may be away (Protocol §5, C4).
package enum InitiatorHandshake {
  /// Agrees on the secrets of a new session.
  ///
  /// Everything that comes from the peer carries a verified signature by its type; here it is checked that the pieces
  /// belong together, that the bundle is fresh and the suite high enough, all before the first Diffie–Hellman. The
  /// ephemeral private key is wiped on return.
  ///
  /// - Parameters:
  ///   - own: this device.
  ///   - peer: the account that is meant.
  ///   - peerEntry: the device that is meant, from the accepted list of that account.
  ///   - bundle: verified under that account and entry.
  ///   - oneTimePrekey: verified likewise; nil when the relay had none left: the caller notes that.
  ///   - now: unix seconds.
  ///   - newestBundleIDSeen: the highest bundle id ever seen of that device.
  ///   - purposeID: 16 zero bytes for normal sessions; the secret chat's id otherwise.
  ///   - replaces: the session that this one is to replace.
  ///   - lists: this account's lists; nil to cut them once the peer has shown that it has them.
  ///   - lowestSuite: what both must speak. Only vectors and interoperability tests go below what is spoken.
  /// - Throws: ``KeyAgreementError``; no state exists then.
  package static func begin(
    own: borrowing DeviceIdentity, peer: AccountID, peerEntry: DeviceEntry, bundle: PrekeyBundle,
    oneTimePrekey: OneTimePrekeyRecord?, now: UInt64, newestBundleIDSeen: UInt32?,
    purpose: SessionPurpose = .normal, purposeID: FixedBytes<16> = FixedBytes(), replaces: SessionID?,
    lists: DeviceLists?, lowestSuite: Suite = .lowestSpoken, randomness: some Randomness
  ) throws(KeyAgreementError) -> InitiatedSession {
    guard peer != own.account || peerEntry.device != own.device, peerEntry.deviceKey != own.deviceKey else {
      throw .ownDevice
    }
    let suite = own.suites.highestCommon(with: peerEntry.suites)
    guard suite >= lowestSuite else { throw .suiteRefused(suite) }
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
      guard let entry = lists.entry(of: own.device, deviceKey: own.deviceKey) else { throw .mismatch(.deviceKey) }
      guard entry.suites == own.suites else { throw .mismatch(.suites) }
    }

    let ephemeral: X25519KeyPair
    do throws(PrimitiveError) { ephemeral = try X25519KeyPair(from: randomness) } catch { throw .primitive(error) }
    let sharedSecret: SecretBytes
    var encapsulated: SessionStart.Encapsulated?
    var usedKEM: SessionContext.UsedKEMPrekey?
    if suite.hasKEM {
      guard let prekey = oneTimePrekey.map(\.kem) ?? bundle.lastResort else { throw .mismatch(.kemPrekeyID) }
      let encapsulation: MLKEMEncapsulation
      do throws(PrimitiveError) { encapsulation = try randomness.encapsulation(to: prekey.publicKey) } catch {
        throw .primitive(error)
      }
      encapsulated = .init(prekeyID: prekey.id, ciphertext: encapsulation.ciphertext)
      usedKEM = .init(publicKey: prekey.publicKey, ciphertext: encapsulation.ciphertext)
      sharedSecret = try PQXDH.initiatorSecret(
        identity: own.agreementKeyPair, ephemeral: ephemeral, peerIdentity: peerEntry.agreementKey,
        signedPrekey: bundle.signedPrekey, oneTimePrekey: oneTimePrekey?.publicKey,
        kemSecret: encapsulation.takeSharedSecret())
    } else {
      sharedSecret = try X3DH.initiatorSecret(
        identity: own.agreementKeyPair, ephemeral: ephemeral, peerIdentity: peerEntry.agreementKey,
        signedPrekey: bundle.signedPrekey, oneTimePrekey: oneTimePrekey?.publicKey)
    }
    let context = SessionContext(
      suite: suite, purpose: purpose, purposeID: purposeID, replaces: replaces,
      initiator: .init(account: own.account, device: own.device, deviceKey: own.deviceKey),
      responder: .init(account: peer, device: peerEntry.device, deviceKey: peerEntry.deviceKey),
      bundleHash: bundle.hash, ephemeralKey: ephemeral.publicKey,
      oneTimePrekey: oneTimePrekey.map { .init(id: $0.id, publicKey: $0.publicKey) }, kem: usedKEM)
    let start = SessionStart(
      suite: suite, purpose: purpose, purposeID: purposeID, replaces: replaces, bundleID: bundle.bundleID,
      oneTimePrekeyID: oneTimePrekey?.id, ephemeralKey: ephemeral.publicKey, encapsulated: encapsulated,
      listsBytes: lists?.bytes)
    return InitiatedSession(
      start: start,
      secrets: try SessionSecrets(
        sharedSecret: sharedSecret, context: context, remoteRatchetKey: bundle.signedPrekey))
  }
}
