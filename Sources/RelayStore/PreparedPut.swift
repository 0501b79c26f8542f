import Ambient
import Foundation
import GRDB
import RelayCore
import RelayProofs
import RelayWire

/// A put with the two hashes that the writer needs, computed where the put was given and not on the writer's thread.
struct PreparedPut: Sendable {
  let command: PutCommand
  let admissionHash: AdmissionHash
  let envelopeHash: EnvelopeHash
  /// What a request lacks here; nil: it shows enough work, or needs none.
  let missingWorkBits: UInt32?

  /// - Parameters:
  ///   - workBits: what an envelope of class request needs; whether it is one is known only to the writer.
  ///   - today: the day for which the work must have been done, give or take one.
  init(_ command: PutCommand, relayKey: RelayKey, workBits: UInt32, today: UInt32) {
    self.command = command
    let work = RequestWork(relayKey: relayKey, mailbox: command.mailbox, envelopeID: command.envelopeID)
    let isDone = workBits == 0 || command.work.map { work.isDone(by: $0, bits: workBits, today: today) } == true
    missingWorkBits = isDone ? nil : workBits
    admissionHash = AdmissionRules.hash(mailbox: command.mailbox, tag: command.tag)
    envelopeHash = MailboxLog.hash(command.envelope)
  }

  /// Judges and stores one envelope inside a group's transaction.
  ///
  /// - Throws: only what fails the group; everything about this put is in the outcome.
  func perform(_ context: inout WriteContext, quota: MailboxQuota) throws -> PutOutcome {
    let found = try context.statements.admission(admissionHash, command.mailbox)
    guard AdmissionRules.admits(found?.state, to: .put, day: context.now.day), let found,
      let mailbox = try context.mailboxes.state(of: command.mailbox, context.database)
    else { return try outcomeWithoutAdmission(context) }

    if let bits = missingWorkBits, found.state.entry.admissionClass == .request {
      // What is there already is answered as ever (R3).
      let settled = try context.statements.settled(mailbox.row, command.envelopeID)
      let known = try settled ?? context.statements.live(mailbox.row, command.envelopeID)
      return known?.outcome(for: envelopeHash) ?? .workNeeded(bits: bits)
    }
    if command.isEphemeral {
      try AdmissionTable.countUse(of: found, admissionHash, context.database)
      return .acceptedEphemeral
    }
    if let known = try context.statements.settled(mailbox.row, command.envelopeID) {
      return known.outcome(for: envelopeHash)
    }
    let load = context.mailboxes.shares.load(mailbox, found.state.entry)
    guard
      quota.admits(byteCount: command.envelope.data.count, of: found.state.entry.admissionClass, beside: load)
    else {
      // What is there already is answered as ever (R3); the quota is for what is new.
      let known = try context.statements.live(mailbox.row, command.envelopeID)
      return known?.outcome(for: envelopeHash) ?? .overQuota
    }
    return try store(in: mailbox, admittedBy: found, &context)
  }

  /// Enters what is stored, now or earlier, into the group's tree, under the time of the first storing (C8).
  ///
  /// - Returns: its place there; nil for what is not stored.
  func addReceipt(for outcome: PutOutcome, to receipts: inout ReceiptGroup) -> Int? {
    switch outcome {
    case .stored(let storedAt, _), .repeated(let storedAt):
      receipts.add(
        StoredReceiptTree.leaf(
          mailbox: command.mailbox, envelopeID: command.envelopeID, envelopeHash: envelopeHash, storedAt: storedAt))
    case .acceptedEphemeral, .conflict, .notAdmitted, .overQuota, .workNeeded: nil
    }
  }

  /// Appends to the mailbox's log, unless the envelope id is there already.
  private func store(
    in mailbox: MailboxState, admittedBy found: AdmissionTable.Found, _ context: inout WriteContext
  ) throws -> PutOutcome {
    let leaf = LogLeaf(
      seq: mailbox.head + 1, envelopeID: command.envelopeID, envelopeHash: envelopeHash, storedAt: context.seconds,
      expiresAt: context.seconds + command.retention.seconds, deletionHash: command.deletionHash)
    let head = MailboxLog.head(after: mailbox.headHash, leaf)
    try context.statements.insert(
      leaf, command.envelope, collectedHash: collectedHash(found), chain: head, at: mailbox.row)
    guard context.database.changesCount == 1 else {
      let known = try context.statements.live(mailbox.row, command.envelopeID)
      guard let known else { throw StoreError.damaged }
      return known.outcome(for: envelopeHash)
    }
    // Only a new envelope counts as a use (C9).
    try AdmissionTable.countUse(of: found, admissionHash, context.database)
    var changed = mailbox
    let byteCount = command.envelope.data.count
    // While `head` is still what it was before this envelope.
    context.mailboxes.shares.add(found.state.entry, byteCount: byteCount, to: &changed)
    changed.bytes += UInt64(byteCount)
    changed.head = leaf.seq
    changed.headHash = head
    context.mailboxes.change(changed)
    return .stored(storedAt: leaf.storedAt, seq: leaf.seq)
  }

  /// Kept only if the owner lets this entry know of collection (R13).
  private func collectedHash(_ found: AdmissionTable.Found) -> CollectedHash? {
    found.state.entry.rights.contains(.tellCollected) ? command.collectedHash : nil
  }

  /// The one path of every refusal, with the same look-ups whether or not there is such a mailbox (R9).
  ///
  /// A retry of what was stored still hears when (R3), also after its tag is spent or its day over: it shows the
  /// envelope id and the very bytes, which only its sender and its recipient can.
  private func outcomeWithoutAdmission(_ context: WriteContext) throws -> PutOutcome {
    let row = try context.database.firstRow(
      "SELECT row FROM mailbox WHERE id = ?", command.mailbox.bytes.databaseValue)
    let mailbox = try row?.integer(0) ?? 0  // no mailbox has row 0
    let live = try context.statements.live(mailbox, command.envelopeID)
    let settled = try context.statements.settled(mailbox, command.envelopeID)
    if let known = live ?? settled, known.hash == envelopeHash { return .repeated(storedAt: known.storedAt) }
    return .notAdmitted
  }
}

/// What the store remembers of an envelope id.
struct KnownEnvelope {
  let hash: EnvelopeHash
  let storedAt: UInt64

  func outcome(for hash: EnvelopeHash) -> PutOutcome {
    hash == self.hash ? .repeated(storedAt: storedAt) : .conflict
  }
}
