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
  /// - Throws: ``MessagingError/notAuthentic(what:)`` when anything does not verify; nothing is changed then.
  package func bundleFetched(_ work: FetchBundleWork, reply: BundleReply, relayKey: RelayKey) throws {
    try vault.write { transaction in
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
      guard try acceptLists(lists, &body, contact: record.id, transaction) else {
        try appendEvent(.equivocation, message: nil, transaction)
        throw MessagingError.notAuthentic(what: "device list")
      }
      guard let current = try pinnedLists(body)?.current,
        let entry = current.entries.first(where: { entry in
          entry.routes.contains { $0.mailbox == mailbox.bytes && $0.relayKey == relayKey.bytes }
        }),
        var peer = try transaction.peerDevice(keyHash: deviceKeyHash(entry.deviceKey.bytes, transaction))
      else { throw MessagingError.notAuthentic(what: "route") }
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
      learnSealingKey(bundle.sealID, bundle.sealKey.bytes, &peerBody)
      peer.body = peerBody.bytes
      try transaction.updatePeerDevice(peer)
      if record.status == ContactStatus.adding.rawValue { record.status = ContactStatus.accepted.rawValue }
      record.body = try body.bytes
      try transaction.updateContact(record)
      if try sendingSession(peer: peer.id, transaction) == nil {
        try startSession(account, entry, bundle, oneTime, peer: peer.id, transaction)
      }
    }
  }

  /// Pins a list that is newer; false for an equivocation (two lists of one version).
  func acceptLists(
    _ lists: DeviceLists, _ body: inout ContactBody, contact: Int64, _ transaction: VaultTransaction
  ) throws -> Bool {
    switch DeviceListJudgement.judge(lists, pinned: try pinnedLists(body)) {
    case .accept:
      try pin(lists, contact: contact, &body, transaction)
      return true
    case .same, .older: return true
    // A list against the rules of succession is never pinned; whoever shows it is not believed.
    case .equivocation, .refused, .otherAccount: return false
    }
  }

  /// Notes a peer's sealing key unless an older one is offered.
  func learnSealingKey(_ sealID: UInt32, _ key: FixedBytes<32>, _ body: inout PeerDeviceBody) {
    guard sealID >= body.sealID else { return }
    body.sealID = sealID
    body.sealKey = key
    body.sealKeyLearntAt = nowSeconds
  }

  private func startSession(
    _ account: AccountID, _ entry: DeviceEntry, _ bundle: PrekeyBundle, _ oneTime: KeyAgreement.OneTimePrekeyRecord?,
    peer: Int64,
    _ transaction: VaultTransaction
  ) throws {
    let initiated = try InitiatorHandshake.begin(
      own: own.identity, peer: account, peerEntry: entry, bundle: bundle, oneTimePrekey: oneTime,
      now: UInt64(clamping: nowSeconds), newestBundleIDSeen: nil, replaces: nil, lists: try ownLists(transaction),
      randomness: environment.randomness)
    let start = initiated.start
    let secrets = initiated.takeSecrets()
    let ratchet = try RatchetState.initiator(
      sharedSecret: try secrets.sharedSecret.duplicate(), remoteKey: bundle.signedPrekey,
      associatedData: secrets.associatedData, randomness: environment.randomness)
    let body = SessionBody(
      sessionID: secrets.sessionID.bytes, replaces: FixedBytes(), isInitiator: true, start: start.bytes)
    _ = try insertSession(body, state: .unconfirmed, ratchet: ratchet, secrets: secrets, peer: peer, transaction)
    try appendEvent(.sessionStarted, message: nil, transaction)
  }
}
