import ByteLayout
import DoubleRatchet
import KeyAgreement
import Primitives
package import RelayWire
import SecretMemory
import Vault
import Verification

extension Messenger {
  /// A bundle has come: verifies everything under the address, pins the lists, and starts a session if there is none.
  ///
  /// - Parameter relayKey: of the relay that answered; one route of the list must name it with the mailbox.
  /// - Throws: ``MessagingError/notAuthentic(what:)`` when anything does not verify; nothing is changed then, but that two
  ///   lists of one version are kept as proof.
  package func bundleFetched(_ work: FetchBundleWork, reply: BundleReply, relayKey: RelayKey) throws {
    let isProof: Bool = try vault.write { transaction in
      var (record, body) = try contactAndBody(work.contactID, transaction)
      let account = try AccountID(validating: body.account)
      let mailbox = work.command.mailbox
      func open(_ item: SealedItem, _ type: PublishedItem.Kind, _ what: String) throws -> [UInt8] {
        do { return try PublishedItem.open(item.bytes, kind: type, account: account, mailbox: mailbox.bytes) } catch {
          throw MessagingError.notAuthentic(what: what)
        }
      }
      let lists: DeviceLists
      do { lists = try DeviceLists(verifying: try open(reply.lists, .lists, "device list"), account: account) } catch {
        throw MessagingError.notAuthentic(what: "device list")
      }
      // Whatever the answer is worth, it was the newest that the relay has: the next message may name a newer one again.
      body.wantsLists = false
      switch try acceptLists(lists, &body, contact: record.id, transaction) {
      case .believed: break
      case .held: try setBody(body, of: &record, transaction)
      case .equivocation, .refused:
        // What was noted of it is committed before the answer is refused.
        try setBody(body, of: &record, transaction)
        return true
      }
      guard let current = try pinnedLists(body)?.current,
        let entry = current.entries.first(where: { entry in
          entry.routes.contains { $0.mailbox == mailbox.bytes && $0.relayKey == relayKey.bytes }
        }),
        // Another device's bundle would be fetched for ever.
        work.deviceKey ?? entry.deviceKey.bytes == entry.deviceKey.bytes,
        var peer = try transaction.peerDevice(keyHash: deviceKeyHash(entry.deviceKey.bytes, transaction))
      else { throw MessagingError.notAuthentic(what: "route") }
      // A node of before suite 2: it lists more at its next start, and what is to be sent waits for that.
      guard entry.suites.contains(.lowestSpoken) else { throw MessagingError.notAuthentic(what: "suite") }
      var peerBody = try PeerDeviceBody(peer.body)
      let bundle: PrekeyBundle
      do {
        bundle = try PrekeyBundle(
          verifying: try open(reply.bundle, .bundle, "bundle"), account: account, entry: entry)
        try bundle.checkFreshness(
          now: UInt64(clamping: nowSeconds), newestBundleIDSeen: peerBody.bundleID == 0 ? nil : peerBody.bundleID)
      } catch { throw MessagingError.notAuthentic(what: "bundle") }
      let oneTime: KeyAgreement.OneTimePrekeyRecord?
      do {
        oneTime = try reply.oneTime.map {
          try KeyAgreement.OneTimePrekeyRecord(
            verifying: try open($0, .oneTimePrekey, "one-time prekey"), account: account, entry: entry)
        }
      } catch { throw MessagingError.notAuthentic(what: "one-time prekey") }

      peerBody.bundleID = bundle.bundleID
      learnSealingKey(bundle.sealID, bundle.sealKey.bytes, secret: nil, &peerBody)
      peer.body = peerBody.bytes
      try transaction.updatePeerDevice(peer)
      if record.status == ContactStatus.adding.rawValue { record.status = ContactStatus.accepted.rawValue }
      try setBody(body, of: &record, transaction)
      try changeHealing(peer: peer.id, transaction) { healing in
        guard try healing.renewing != nil || sendingSession(peer: peer.id, transaction) == nil else {
          return try startAwaitedSecretSession(
            account, entry, bundle, oneTime, contact: record.id, peer: peer.id, transaction)
        }
        let latest = try candidates(peer: peer.id, transaction).max { $0.id < $1.id }
        let replaced = healing.renewing ?? latest?.body.sessionID ?? FixedBytes()
        try startSession(account, entry, bundle, oneTime, replacing: replaced, peer: peer.id, transaction)
        healing.renewing = nil
      }
      return false
    }
    if isProof { throw MessagingError.notAuthentic(what: "device list") }
  }

  private func setBody(
    _ body: ContactBody, of record: inout ContactRecord, _ transaction: VaultTransaction
  ) throws {
    record.body = try body.bytes
    try transaction.updateContact(record)
  }

  /// Notes a peer's sealing key unless an older one is offered. Its secret comes in sessions only: a bundle that names the
  /// same key again does not take it away.
  func learnSealingKey(
    _ sealID: UInt32, _ key: FixedBytes<32>, secret: FixedBytes<32>?, _ body: inout PeerDeviceBody
  ) {
    guard sealID >= body.sealID else { return }
    let isKnown = sealID == body.sealID && key == body.sealKey
    body.sealSecret = secret ?? (isKnown ? body.sealSecret : nil)
    body.sealID = sealID
    body.sealKey = key
    body.sealKeyLearntAt = nowSeconds
  }

  private func startSession(
    _ account: AccountID, _ entry: DeviceEntry, _ bundle: PrekeyBundle, _ oneTime: KeyAgreement.OneTimePrekeyRecord?,
    replacing replaced: FixedBytes<16>, peer: Int64, _ transaction: VaultTransaction
  ) throws {
    // From here on the others only receive: what is sent goes where the peer can read it.
    try retire(candidates(peer: peer, transaction).map(\.id), transaction)
    let initiated = try InitiatorHandshake.begin(
      own: own.identity, peer: account, peerEntry: entry, bundle: bundle, oneTimePrekey: oneTime,
      now: UInt64(clamping: nowSeconds), newestBundleIDSeen: nil,
      replaces: replaced == FixedBytes() ? nil : SessionID(replaced), lists: try ownLists(transaction),
      randomness: environment.randomness)
    let start = initiated.start
    let secrets = initiated.takeSecrets()
    let ratchet = try RatchetState.initiator(
      sharedSecret: try secrets.sharedSecret.duplicate(), remoteKey: bundle.signedPrekey,
      associatedData: secrets.associatedData, isPostQuantum: secrets.suite.hasPostQuantumRatchet,
      randomness: environment.randomness)
    let body = SessionBody(
      sessionID: secrets.sessionID.bytes, replaces: replaced, isInitiator: true, lacksOneTimePrekey: oneTime == nil,
      awaitsSecondKey: false, start: start.bytes)
    _ = try insertSession(body, state: .unconfirmed, ratchet: ratchet, secrets: secrets, peer: peer, transaction)
    try appendEvent(.sessionStarted, message: nil, transaction)
  }
}
