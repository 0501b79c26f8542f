package import Ambient
import KeyAgreement
import MessageContent
package import RelayWire
import Vault

/// Taking back what its recipient has not fetched, at the recipient's relay.
package struct RetractionWork: Hashable, Sendable {
  package enum Item: Hashable, Sendable {
    /// On the anonymous connection.
    case envelope(RelayKey, RetractCommand)
    /// A file, whole or in part.
    case file(UploadCapability)
  }

  /// The row in the vault.
  package let id: Int64
  package let host: String
  package let item: Item
}

extension Messenger {
  /// As long as a relay holds an envelope or a file, and a day more.
  private static let itemSeconds: Int64 = 31 * 86_400
  /// An envelope that may be on its way just now is taken back when its request is over.
  private static let requestSeconds: Int64 = 30
  private static let retractionBatch = 64

  /// The relay has an envelope of this message: from now on it can be taken back.
  func noteStored(_ work: PutWork, message: Int64, _ transaction: VaultTransaction) throws {
    try transaction.insertStoredItem(
      StoredItemRecord(
        messageID: message, notBeforeMilliseconds: 0, keepUntil: nowSeconds + Self.itemSeconds, host: work.host,
        item: .envelope(
          relayKey: work.relayKey.bytes, mailbox: work.command.mailbox.bytes,
          envelopeID: work.command.envelopeID.bytes)))
  }

  /// The relay has a file of this message, or, without a message, one that nothing points to any more.
  func noteStoredFile(
    _ capability: UploadCapability, host: String, message: Int64?, notBefore: Int64 = 0,
    _ transaction: VaultTransaction
  ) throws {
    try transaction.insertStoredItem(
      StoredItemRecord(
        messageID: message, notBeforeMilliseconds: notBefore, keepUntil: nowSeconds + Self.itemSeconds, host: host,
        item: .file(capability: capability.bytes)))
  }

  /// A message has arrived. If it went to one device only, nothing of it is at a relay any more.
  func forgetEnvelopes(of message: Int64, _ transaction: VaultTransaction) throws {
    guard try transaction.storedEnvelopeCount(messageID: message) == 1 else { return }
    try transaction.deleteStoredEnvelopes(messageID: message)
  }

  /// Notes, in the transaction that ends an own message, that its envelopes and its file are to be taken back: at once when
  /// it is deleted for everyone, otherwise when its age limit is over. Its recipient may still read it when only this
  /// side's copy has ended.
  func takeBack(
    of message: MessageRecord, _ life: MessageLifeRecord, isWithdrawn: Bool, _ transaction: VaultTransaction
  ) throws {
    guard message.direction == .outgoing, isWithdrawn || life.maximumAgeSeconds > 0 else { return }
    let over = message.sentAtMilliseconds / 1_000 + Int64(life.maximumAgeSeconds)
    let due = isWithdrawn ? now.milliseconds : max(now.milliseconds, over * 1_000)
    try transaction.takeBackStoredItems(messageID: message.id, atMilliseconds: due)
    for row in try transaction.outbox(messageID: message.id) {
      let item: (host: String, StoredItemRecord.Item)
      switch try OutboxBody(row.body) {
      case .envelope(let put):
        item = (
          put.host,
          .envelope(relayKey: put.relayKey.bytes, mailbox: put.mailbox.bytes, envelopeID: put.envelopeID.bytes)
        )
      case .upload(let job):
        guard let pointer = try attachment(message.id, transaction)?.pointer else { continue }
        item = (pointer.relay, .file(capability: job.capability.bytes))
      case .content: continue
      }
      try transaction.insertStoredItem(
        StoredItemRecord(
          messageID: nil, notBeforeMilliseconds: due + Self.requestSeconds * 1_000,
          keepUntil: nowSeconds + Self.itemSeconds, host: item.host, item: item.1))
    }
  }

  /// What is to be taken back next, nil when there is nothing now. Taking one back twice is taking it back once.
  ///
  /// A vault that is known to be a copy takes nothing back.
  /// - Parameter unreachableHosts: relays that the shell has just failed to reach.
  package func nextRetraction(unreachableHosts: Set<String> = []) throws -> RetractionWork? {
    try vault.read { transaction in
      guard try transaction.deviceValue(.copied) == nil else { return nil }
      let due = try transaction.itemsToTakeBack(nowMilliseconds: now.milliseconds, limit: Self.retractionBatch)
      guard let record = due.first(where: { !unreachableHosts.contains($0.host) }) else { return nil }
      switch record.item {
      case .file(let capability):
        return RetractionWork(id: record.id, host: record.host, item: .file(UploadCapability(capability)))
      case .envelope(let relayKey, let mailbox, let envelopeID):
        let token = try DeletionTokens.deletionToken(tokenKey: own.tokenKey, mailbox: mailbox, envelopeID: envelopeID)
        return RetractionWork(
          id: record.id, host: record.host,
          item: .envelope(
            RelayKey(relayKey),
            RetractCommand(
              mailbox: MailboxID(mailbox), envelopeID: EnvelopeID(envelopeID), token: DeletionToken(token))))
      }
    }
  }

  /// When the next item is to be taken back, nil when there is none.
  package func nextRetractionTime() throws -> WallTime? {
    try vault.read { transaction in
      guard try transaction.deviceValue(.copied) == nil else { return nil }
      return try transaction.nextTakeBackMilliseconds().map(WallTime.init(milliseconds:))
    }
  }

  /// The relay has answered. Whether it was still there it tells nobody (R1).
  package func retracted(_ work: RetractionWork) throws {
    try vault.write { transaction in try transaction.deleteStoredItem(id: work.id) }
  }

  /// The relay could not be asked: again later, until it does not hold it any more.
  package func retractionFailed(_ work: RetractionWork, _ failure: SenderFailure) throws {
    try vault.write { transaction in
      guard var record = try transaction.storedItem(id: work.id) else { return }
      if case .refused(let refusal) = failure, refusal.code == .malformed {
        return try transaction.deleteStoredItem(id: work.id)
      }
      let ceiling = Backoff.ceilingMilliseconds(attempts: record.attempts)
      var wait = environment.jitter.number(in: 0...ceiling)
      if case .refused(let refusal) = failure {
        wait = max(wait, min(Backoff.longestWaitMilliseconds, Int64(refusal.retryAfterSeconds) * 1_000))
      }
      record.attempts += 1
      record.notBeforeMilliseconds = now.milliseconds + wait
      try transaction.updateStoredItem(record)
    }
  }
}
