import Ambient
import ByteLayout
package import RelayWire
import Vault

/// What became of a page of envelopes.
package struct ReceiveReport: Hashable, Sendable {
  /// Everything up to this number is committed: acknowledge it to the relay.
  package var acknowledgeUpTo: UInt64
  package var accepted = 0
  /// Replays of what was processed before.
  package var duplicates = 0
  /// From nobody known, not authentic, or not for this device: no effect but this count.
  package var dropped = 0
  /// Authentic, but no key for it is left.
  package var undecryptable = 0

  init(acknowledgeUpTo: UInt64) { self.acknowledgeUpTo = acknowledgeUpTo }
}

extension Messenger {
  /// How many envelopes are processed in one transaction (Protocol §7).
  package static let batchSize = 256

  /// Processes a page in order: ratchet steps, messages, events and the cursor are one transaction a batch, with the
  /// page's checkpoint in the last one.
  ///
  /// The whole page is judged first (C7): one that does not follow from what this relay has shown before is refused, and
  /// nothing of it is committed but the evidence and its event. An envelope that does not open changes nothing but a
  /// count. When the transaction fails, nothing of the batch has happened, and the relay still has all of it.
  /// - Throws: ``MessagingError/notAuthentic(what:)`` when the page does not follow the cursor,
  ///   ``MessagingError/relayMisbehaved(_:)``.
  package func receive(_ page: MailboxPage, mailbox id: Int64) throws -> ReceiveReport {
    var report = ReceiveReport(acknowledgeUpTo: page.after)
    let (judged, known) = try judge(page, mailbox: id)
    guard let judged, !page.items.isEmpty || !judged.repeats(known.checkpoint) else {
      report.acknowledgeUpTo = known.cursor
      return report
    }
    var start = page.items.startIndex
    repeat {
      let end = min(start + Self.batchSize, page.items.endIndex)
      try vault.write { transaction in
        var state = try mailboxState(id, transaction)
        guard report.acknowledgeUpTo <= state.cursor else { throw MessagingError.notAuthentic(what: "page") }
        if judged.showsRollback, page.epoch > state.epoch {
          try note(.rolledBack, page, [], mailbox: id, state, transaction)
          try publishEverythingAgain(&state, transaction)
        }
        state.epoch = page.epoch
        let batch = try OpenedBatch(
          page.items[start..<end], after: state.cursor, mailbox: state.mailbox, inBackground: environment.inBackground
        ) { try sealingKey(of: $0, transaction) }
        defer { batch.stop() }
        for (index, item) in page.items[start..<end].enumerated() where item.seq > state.cursor {
          guard item.seq == state.cursor + 1 else { throw MessagingError.notAuthentic(what: "page") }
          if case .envelope(let stored) = item {
            let storedAt = Int64(clamping: stored.storedAt)
            count(try process(batch.named(index), storedAt: storedAt, transaction), &report)
          }
          state.cursor = item.seq
          state.logHead = judged.head(after: item.seq)
        }
        if end == page.items.endIndex {
          state.logHead = judged.checkpoint.checkpoint.head
          state.checkpoint = judged.checkpoint
        }
        try setMailboxState(id, state, transaction)
        report.acknowledgeUpTo = state.cursor
      }
      start = end
    } while start < page.items.endIndex
    try eraseDue()
    return report
  }

  /// Holds a page against the log as this vault knows it.
  ///
  /// - Returns: nil for a page that is late, and what was known before.
  private func judge(_ page: MailboxPage, mailbox id: Int64) throws -> (JudgedPage?, known: MailboxState) {
    let state = try vault.read { transaction in try mailboxState(id, transaction) }
    guard page.mailbox == state.mailbox, page.after <= state.cursor else {
      throw MessagingError.notAuthentic(what: "page")
    }
    do {
      return (try state.logPosition.judge(page, now: UInt64(clamping: nowSeconds)), state)
    } catch {
      try vault.write { transaction in try note(error.kind, page, error.detail, mailbox: id, state, transaction) }
      throw MessagingError.relayMisbehaved(error.kind)
    }
  }

  private func note(
    _ kind: RelayMisbehaviour, _ page: MailboxPage, _ detail: [UInt8], mailbox id: Int64, _ state: MailboxState,
    _ transaction: VaultTransaction
  ) throws {
    try note(
      RelayEvidence(
        kind: kind, mailbox: id, at: UInt64(clamping: nowSeconds), known: state.checkpoint,
        shown: page.checkpoint.bytes, detail: detail), epoch: state.epoch, transaction)
  }

  private func count(_ outcome: EnvelopeOutcome, _ report: inout ReceiveReport) {
    switch outcome {
    case .accepted: report.accepted += 1
    case .duplicate: report.duplicates += 1
    case .dropped: report.dropped += 1
    case .undecryptable: report.undecryptable += 1
    case .disputed: report.dropped += 1
    }
  }

  /// One envelope: whatever is not accepted leaves no trace but in quarantine and among the disputes.
  private func process(
    _ named: NamedEnvelope?, storedAt: Int64, _ transaction: VaultTransaction
  ) throws -> EnvelopeOutcome {
    let outcome = try open(named, storedAt: storedAt, transaction)
    switch outcome {
    case .undecryptable(let suspect?): try quarantine(suspect, transaction)
    case .disputed(let contact, let lists): try judgeLists(lists, contact: contact, transaction)
    case .accepted, .duplicate, .dropped, .undecryptable: break
    }
    return outcome
  }

  /// An ephemeral envelope, straight from the relay: changes nothing in the vault but the memory of having seen it.
  ///
  /// - Returns: its content (typing and the like), nil for everything that is not authentic, known and fresh.
  package func receiveEphemeral(_ delivery: EphemeralDelivery, mailbox id: Int64) throws -> EphemeralEvent? {
    try vault.write { transaction in
      let state = try mailboxState(id, transaction)
      guard delivery.mailbox == state.mailbox else { return nil }
      return try openEphemeral(delivery.envelope.bytes, id: delivery.envelopeID, state, transaction)
    }
  }
}
