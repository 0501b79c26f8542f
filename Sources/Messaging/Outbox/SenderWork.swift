import Ambient
import ByteLayout
import KeyAgreement
package import RelayWire
import Vault
import Verification

/// Fetching the prekey bundle of a contact's device, on the anonymous connection to its relay.
package struct FetchBundleWork: Hashable, Sendable {
  package let contactID: Int64
  /// `host:port` of the relay.
  package let host: String
  /// The key that the pinned list names; nil at a first contact, where the list that comes back must name it.
  package let relayKey: RelayKey?
  package let command: FetchBundleCommand
  /// The device whose bundle is wanted; nil at a first contact, and when only newer lists are.
  let deviceKey: FixedBytes<32>?
}

/// Putting one sealed envelope, on the anonymous connection to the recipient's relay.
package struct PutWork: Hashable, Sendable {
  package let outboxID: Int64
  package let contactID: Int64
  package let host: String
  package let relayKey: RelayKey
  package let command: PutCommand
}

/// What the sender's connections should do next.
package enum SenderWork: Hashable, Sendable {
  case fetchBundle(FetchBundleWork)
  case put(PutWork)
  case upload(UploadWork)

  package var host: String {
    switch self {
    case .fetchBundle(let work): work.host
    case .put(let work): work.host
    case .upload(let work): work.host
    }
  }
}

/// Why work on the sender's side did not succeed.
package enum SenderFailure: Error, Hashable, Sendable {
  /// The relay cannot be reached, or the connection was lost before the answer.
  case unreachable
  case refused(RelayRefusal)
  /// The file that was to be sent is gone from this disk.
  case fileLost
  /// What came back does not verify.
  case notAuthentic
}

extension Messenger {
  /// The next put, upload or bundle fetch of a round that is due.
  ///
  /// Encrypts the row that it returns, unless that was done before: the ratchet step and the sealed bytes are on disk when
  /// this returns. Rows of a contact never overtake each other.
  /// - Parameter round: where this round is; what it has passed over comes again in the next one.
  /// - Returns: nil at the end of the round.
  /// - Throws: ``MessagingError/vaultCopied`` once this vault is known to be a copy.
  package func nextSenderWork(_ round: inout SenderRound) throws -> SenderWork? {
    let began = round
    do {
      return try vault.write { transaction in
        guard try transaction.deviceValue(.copied) == nil else { throw MessagingError.vaultCopied }
        // Giving a row up makes it the turn of the next, whose own time may have come too.
        while let row = try transaction.outboxDue(
          atMilliseconds: now.milliseconds, after: round.position, limit: 1
        ).first {
          let work = try work(for: row, round.unreachableHosts, transaction)
          // What waits for a bundle is sent in the same round.
          if case .fetchBundle? = work { return work }
          round.pass(row)
          if work != nil { return work }
        }
        return nil
      }
    } catch {
      round = began
      throw error
    }
  }

  /// The first work of a round of its own.
  package func nextSenderWork() throws -> SenderWork? {
    var round = SenderRound()
    return try nextSenderWork(&round)
  }

  /// Makes rows that wait for another attempt due at once: a new process tries what an earlier one could not send.
  package func retryNow() throws {
    try vault.write { transaction in
      var last = OutboxPosition(notBeforeMilliseconds: now.milliseconds, id: .max)
      while true {
        let rows = try transaction.outboxDue(atMilliseconds: .max, after: last, limit: 64)
        for row in rows where row.attempts > 0 {
          var row = row
          row.notBeforeMilliseconds = now.milliseconds
          try transaction.updateOutbox(row)
        }
        guard let end = rows.last else { return }
        last = end.position
      }
    }
  }

  /// How many rows have not reached a relay yet.
  package func outboxCount() throws -> Int {
    try vault.read { transaction in try transaction.outboxCount(states: OutboxState.all) }
  }

  /// Whether everything has reached a relay: for whoever asks again and again, however much waits.
  package func isOutboxEmpty() throws -> Bool { try vault.read { transaction in try transaction.isOutboxEmpty() } }

  private func work(
    for row: OutboxRecord, _ unreachableHosts: Set<String>, _ transaction: VaultTransaction
  ) throws -> SenderWork? {
    if row.kind == OutboxKind.upload.rawValue || row.state == OutboxState.waiting.rawValue, row.giveUpAt <= nowSeconds {
      try fail(row, .timedOut, transaction)
      return nil
    }
    // A large file may take long: nothing waits for it, nor it for anything.
    if row.kind == OutboxKind.upload.rawValue {
      guard let upload = try uploadWork(for: row, transaction), !unreachableHosts.contains(upload.host) else {
        return nil
      }
      return .upload(upload)
    }
    if row.state == OutboxState.ready.rawValue {
      guard case .envelope(let put) = try OutboxBody(row.body) else {
        throw MessagingError.damagedRecord(table: "outbox")
      }
      guard !unreachableHosts.contains(put.host) else { return nil }
      return try putWork(row, put, transaction).map(SenderWork.put)
    }
    guard try !isHeld(contact: row.contactID, transaction) else {
      // Looked at again now and then: nothing tells the outbox of a decision.
      var row = row
      row.notBeforeMilliseconds = now.milliseconds + Backoff.capMilliseconds
      try transaction.updateOutbox(row)
      return nil
    }
    let (_, body) = try contactAndBody(row.contactID, transaction)
    guard let lists = try pinnedLists(body), !body.wantsLists else {
      return try fetch(row.contactID, body, entry: nil, unreachableHosts, transaction)
    }
    guard let addressed = try address(row, lists.current, transaction) else { return nil }
    let (row, peer, entry) = addressed
    let peerBody = try PeerDeviceBody(peer.body)
    let isSealKeyFresh =
      peerBody.sealID != 0 && nowSeconds - peerBody.sealKeyLearntAt < KeyLifetime.sealingKey
    let wantsHandshake = try healing(peer: peer.id, transaction).renewing != nil
    guard isSealKeyFresh, !wantsHandshake, try sendingSession(of: row, peer: peer.id, transaction) != nil else {
      return try fetch(row.contactID, body, entry: entry, unreachableHosts, transaction)
    }
    guard let route = entry.routes.first, !unreachableHosts.contains(route.host) else { return nil }
    // Without a tag nothing could be put: do not spend a message key on it.
    guard try tag(contact: row.contactID, mailbox: route.mailbox, transaction) != nil else { return nil }
    guard let (sealedRow, put) = try encrypt(row, peer, entry, route, lists, transaction) else { return nil }
    return try putWork(sealedRow, put, transaction).map(SenderWork.put)
  }

  /// The device that a row goes to; a row for several devices becomes one row each.
  private func address(
    _ row: OutboxRecord, _ list: DeviceList, _ transaction: VaultTransaction
  ) throws -> (OutboxRecord, PeerDeviceRecord, DeviceEntry)? {
    var row = row
    func entry(of peer: PeerDeviceRecord) throws -> DeviceEntry? {
      let key = try PeerDeviceBody(peer.body).deviceKey
      return list.entries.first { $0.deviceKey.bytes == key }
    }
    if row.peerDeviceID == nil {
      let peers = try transaction.peerDevices(contactID: row.contactID).filter { try entry(of: $0) != nil }
      guard let first = peers.first else {
        try deviceIsGone(row, transaction)
        return nil
      }
      for peer in peers.dropFirst() {
        var copy = row
        copy.peerDeviceID = peer.id
        _ = try transaction.insertOutbox(copy)
      }
      row.peerDeviceID = first.id
      try transaction.updateOutbox(row)
    }
    guard let id = row.peerDeviceID, let peer = try transaction.peerDevice(id: id) else { return nil }
    guard let entry = try entry(of: peer) else {
      // The device has been revoked since: nothing goes to it any more.
      try deviceIsGone(row, transaction)
      return nil
    }
    return (row, peer, entry)
  }

  private func fetch(
    _ contact: Int64, _ body: ContactBody, entry: DeviceEntry?, _ unreachableHosts: Set<String>,
    _ transaction: VaultTransaction
  ) throws -> SenderWork? {
    let route = try entry?.routes.first ?? pinnedLists(body)?.current.entries.first?.routes.first
    let host = route?.host ?? body.inviteHost
    let mailbox = route?.mailbox ?? body.inviteMailbox
    guard !host.isEmpty, !unreachableHosts.contains(host),
      let tag = try tag(contact: contact, mailbox: mailbox, transaction)
    else { return nil }
    return .fetchBundle(
      FetchBundleWork(
        contactID: contact, host: host, relayKey: route.map { RelayKey($0.relayKey) },
        command: FetchBundleCommand(mailbox: MailboxID(mailbox), tag: tag), deviceKey: entry?.deviceKey.bytes))
  }

  private func putWork(
    _ row: OutboxRecord, _ put: OutboxBody.SealedPut, _ transaction: VaultTransaction
  ) throws -> PutWork? {
    guard let tag = try tag(contact: row.contactID, mailbox: put.mailbox.bytes, transaction) else { return nil }
    return PutWork(
      outboxID: row.id, contactID: row.contactID, host: put.host, relayKey: put.relayKey,
      command: PutCommand(
        mailbox: put.mailbox, envelopeID: put.envelopeID, tag: tag, envelope: try Envelope(put.envelope),
        retention: .month, deletionHash: put.deletionHash))
  }

  /// Today's tag from the slot that the contact gave, or the invite's until it has given one (C9).
  func tag(contact: Int64, mailbox: FixedBytes<32>, _ transaction: VaultTransaction) throws -> AdmissionTag? {
    if let slot = try transaction.theirSlotSecret(contactID: contact) {
      return AdmissionTag(try DeliveryTags.slotTag(slotSecret: slot, mailbox: mailbox, day: now.day))
    }
    if let token = try transaction.inviteToken(contactID: contact) {
      return AdmissionTag(try DeliveryTags.inviteTag(token: token, mailbox: mailbox))
    }
    return nil
  }
}
