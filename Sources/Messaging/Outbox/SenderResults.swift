import Ambient
import RelayProofs
package import RelayWire
import Vault

extension Messenger {
  /// The relay has stored the envelope durably: the row is done, and with its last row the message is *stored*.
  ///
  /// The proof is verified and then let go with the row (Docs/Decisions/0007).
  /// - Throws: ``MessagingError/notAuthentic(what:)`` for a receipt that does not prove that the key of the route stored
  ///   these very bytes (C8). It counts as no answer: nothing has changed, and the same bytes are put again.
  package func putStored(_ work: PutWork, receipt: StoredReceipt) throws {
    guard receipt.proves(work.command, relayKey: work.relayKey) else {
      throw MessagingError.notAuthentic(what: "receipt")
    }
    try vault.write { transaction in
      guard let row = try transaction.outbox(id: work.outboxID) else { return }  // a repeated answer
      try transaction.deleteOutbox(id: row.id)
      if let peer = row.peerDeviceID {
        try noteEpoch(receipt.epoch, of: work.command.mailbox, pairSeq: row.pairSeq, peer: peer, transaction)
      }
      if let id = row.messageID { try noteStored(work, message: id, transaction) }
      // An edit may leave while its message still waits, or long after it has arrived.
      guard let id = row.messageID, row.kind != OutboxKind.edit.rawValue,
        try transaction.outbox(messageID: id).allSatisfy({ $0.kind == OutboxKind.edit.rawValue })
      else { return }
      try advance(message: id, to: .stored, at: Int64(clamping: receipt.storedAt), transaction)
    }
  }

  /// An attempt failed: the row waits longer, or the message has failed for good.
  package func senderWorkFailed(_ work: SenderWork, _ failure: SenderFailure) throws {
    try vault.write { transaction in
      switch work {
      case .put(let put):
        guard let row = try transaction.outbox(id: put.outboxID) else { return }
        if let reason = Self.permanentReason(failure) {
          try fail(row, reason, transaction)
        } else {
          try postpone(row, failure, transaction)
        }
      case .upload(let upload):
        guard let row = try transaction.outbox(id: upload.outboxID) else { return }
        if let reason = Self.permanentReason(failure) {
          try fail(row, reason, transaction)
        } else {
          try postpone(row, failure, transaction)
        }
      case .fetchBundle(let fetch):
        // What stands behind it waits with it.
        guard let row = try transaction.firstInOutbox(contactID: fetch.contactID),
          row.state == OutboxState.waiting.rawValue
        else { return }
        try postpone(row, failure, transaction)
      }
    }
  }

  /// Refusals that no waiting will mend.
  private static func permanentReason(_ failure: SenderFailure) -> FailureReason? {
    if failure == .fileLost { return .fileLost }
    guard case .refused(let refusal) = failure else { return nil }
    switch refusal.code {
    case .malformed, .conflict: return .refused
    case .tooLarge: return .tooLarge
    default: return nil
    }
  }

  private func postpone(_ row: OutboxRecord, _ failure: SenderFailure, _ transaction: VaultTransaction) throws {
    guard row.giveUpAt > nowSeconds else { return try fail(row, .timedOut, transaction) }
    var row = row
    let ceiling = Backoff.ceilingMilliseconds(attempts: row.attempts)
    var wait = environment.jitter.number(in: 0...ceiling)
    if case .refused(let refusal) = failure {
      wait = max(wait, min(Backoff.longestWaitMilliseconds, Int64(refusal.retryAfterSeconds) * 1_000))
    }
    row.attempts += 1
    row.notBeforeMilliseconds = now.milliseconds + wait
    try transaction.updateOutbox(row)
  }
}
