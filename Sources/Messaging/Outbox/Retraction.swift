package import Ambient
import KeyAgreement
package import RelayWire
import Vault

/// Taking back one envelope that its recipient has not fetched, on the anonymous connection to the recipient's relay.
package struct RetractionWork: Hashable, Sendable {
  /// The row in the vault.
  package let id: Int64
  package let host: String
  package let relayKey: RelayKey
  package let command: RetractCommand
}

extension Messenger {
  /// As long as a relay holds an envelope, and a day more.
  private static let envelopeSeconds: Int64 = 31 * 86_400
  /// An envelope that may be on its way just now is taken back when its request is over.
  private static let requestSeconds: Int64 = 30
  private static let retractionBatch = 64

  /// The relay has an envelope of this message: from now on it can be taken back.
  func noteStored(_ work: PutWork, message: Int64, _ transaction: VaultTransaction) throws {
    try transaction.insertStoredEnvelope(
      StoredEnvelopeRecord(
        messageID: message, notBeforeMilliseconds: 0, keepUntil: nowSeconds + Self.envelopeSeconds, host: work.host,
        relayKey: work.relayKey.bytes, mailbox: work.command.mailbox.bytes, envelopeID: work.command.envelopeID.bytes))
  }

  /// A message has arrived. If it went to one device only, nothing of it is at a relay any more.
  func forgetEnvelopes(of message: Int64, _ transaction: VaultTransaction) throws {
    guard try transaction.storedEnvelopeCount(messageID: message) == 1 else { return }
    try transaction.deleteStoredEnvelopes(messageID: message)
  }

  /// Notes, in the transaction that ends an own message, that its envelopes are to be taken back: at once when it is
  /// deleted for everyone, otherwise when its age limit is over. Its recipient may still read it when only this side's
  /// copy has ended.
  func takeBackEnvelopes(
    of message: MessageRecord, _ life: MessageLifeRecord, isWithdrawn: Bool, _ transaction: VaultTransaction
  ) throws {
    guard message.direction == .outgoing, isWithdrawn || life.maximumAgeSeconds > 0 else { return }
    let over = message.sentAtMilliseconds / 1_000 + Int64(life.maximumAgeSeconds)
    let due = isWithdrawn ? now.milliseconds : max(now.milliseconds, over * 1_000)
    try transaction.takeBackStoredEnvelopes(messageID: message.id, atMilliseconds: due)
    for row in try transaction.outbox(messageID: message.id) where row.state == OutboxState.ready.rawValue {
      guard case .envelope(let put) = try OutboxBody(row.body) else { continue }
      try transaction.insertStoredEnvelope(
        StoredEnvelopeRecord(
          messageID: nil, notBeforeMilliseconds: due + Self.requestSeconds * 1_000,
          keepUntil: nowSeconds + Self.envelopeSeconds, host: put.host, relayKey: put.relayKey.bytes,
          mailbox: put.mailbox.bytes, envelopeID: put.envelopeID.bytes))
    }
  }

  /// The next envelope to be taken back, nil when there is none now. Taking one back twice is taking it back once.
  ///
  /// A vault that is known to be a copy takes nothing back.
  /// - Parameter unreachableHosts: relays that the shell has just failed to reach.
  package func nextRetraction(unreachableHosts: Set<String> = []) throws -> RetractionWork? {
    try vault.read { transaction in
      guard try transaction.deviceValue(.copied) == nil else { return nil }
      let due = try transaction.envelopesToTakeBack(nowMilliseconds: now.milliseconds, limit: Self.retractionBatch)
      guard let record = due.first(where: { !unreachableHosts.contains($0.host) }) else { return nil }
      let token = try DeletionTokens.deletionToken(
        tokenKey: own.tokenKey, mailbox: record.mailbox, envelopeID: record.envelopeID)
      return RetractionWork(
        id: record.id, host: record.host, relayKey: RelayKey(record.relayKey),
        command: RetractCommand(
          mailbox: MailboxID(record.mailbox), envelopeID: EnvelopeID(record.envelopeID), token: DeletionToken(token)))
    }
  }

  /// When the next envelope is to be taken back, nil when there is none.
  package func nextRetractionTime() throws -> WallTime? {
    try vault.read { transaction in
      guard try transaction.deviceValue(.copied) == nil else { return nil }
      return try transaction.nextTakeBackMilliseconds().map(WallTime.init(milliseconds:))
    }
  }

  /// The relay has answered. Whether the envelope was still there it tells nobody (R1).
  package func retracted(_ work: RetractionWork) throws {
    try vault.write { transaction in try transaction.deleteStoredEnvelope(id: work.id) }
  }

  /// The relay could not be asked: again later, until it does not hold the envelope any more.
  package func retractionFailed(_ work: RetractionWork, _ failure: SenderFailure) throws {
    try vault.write { transaction in
      guard var record = try transaction.storedEnvelope(id: work.id) else { return }
      if case .refused(let refusal) = failure, refusal.code == .malformed {
        return try transaction.deleteStoredEnvelope(id: work.id)
      }
      let ceiling = Backoff.ceilingMilliseconds(attempts: record.attempts)
      var wait = environment.jitter.number(in: 0...ceiling)
      if case .refused(let refusal) = failure {
        wait = max(wait, min(Backoff.longestWaitMilliseconds, Int64(refusal.retryAfterSeconds) * 1_000))
      }
      record.attempts += 1
      record.notBeforeMilliseconds = now.milliseconds + wait
      try transaction.updateStoredEnvelope(record)
    }
  }
}
