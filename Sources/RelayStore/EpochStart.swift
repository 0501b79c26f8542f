import ByteLayout
import GRDB
import RelayCore
import RelayProofs
import RelayWire

/// What a store does when an owner shows it a checkpoint of its own that it does not have (Protocol §6, "Rolled-back
/// relays").
enum EpochStart {
  /// Whether the presented checkpoint shows that this store was rolled back. Its signature was verified before.
  static func isNeeded(
    _ checkpoint: Checkpoint, _ state: MailboxState?, relayKey: RelayKey, _ database: Database
  ) throws -> Bool {
    let known = state.map { EpochRules.Log(epoch: $0.epoch, seq: $0.head) }
    let head = try state.flatMap { try headHash(after: checkpoint.seq, $0, relayKey, database) }
    return EpochRules.showsRollback(checkpoint, known: known, headAtSeq: head)
  }

  /// Starts the epoch after the checkpoint's, behind it: the log goes on at checkpoint.seq + 1.
  ///
  /// What waits in this store unacknowledged is appended again in its order, under new numbers: the owner may know some
  /// of it, which it then drops as replays, but what got a receipt after the store was restored is not lost. What the
  /// store believes to be acknowledged is settled as ever.
  static func begin(
    after checkpoint: Checkpoint, _ state: inout MailboxState, relayKey: RelayKey, now: UInt64, expiry: UInt64,
    _ database: Database
  ) throws {
    try LazyDeletion.settle(&state, batch: UInt64(Int64.max / 2), now: now, expiry: expiry, database)
    let row = state.row.databaseValue
    try database.run("DELETE FROM acknowledged_seq WHERE mailbox = ?", row)
    let waiting = try Row.fetchAll(
      database,
      sql: """
        SELECT row, envelope_id, hash, stored_at, expires_at, deletion_hash FROM envelope WHERE mailbox = ? ORDER BY seq
        """, arguments: StatementArguments([row]))
    // Out of the way of the new numbers, which may overlap the old ones.
    try database.run("UPDATE envelope SET seq = -seq WHERE mailbox = ?", row)
    state.epoch = checkpoint.epoch + 1
    state.head = checkpoint.seq
    state.headHash = MailboxLog.start(
      relayKey: relayKey, mailbox: state.id, epoch: state.epoch, lastSeq: checkpoint.seq, lastHead: checkpoint.head)
    state.acknowledged = checkpoint.seq
    state.settled = checkpoint.seq
    for envelope in waiting {
      let leaf = LogLeaf(
        seq: state.head + 1, envelopeID: EnvelopeID(try envelope.fixed(1)),
        envelopeHash: EnvelopeHash(try envelope.fixed(2)), storedAt: try envelope.counter(3),
        expiresAt: try envelope.counter(4), deletionHash: DeletionHash(try envelope.fixed(5)))
      state.headHash = MailboxLog.head(after: state.headHash, leaf)
      state.head = leaf.seq
      try database.run(
        "UPDATE envelope SET seq = ?, chain = ? WHERE row = ?", leaf.seq.databaseValue,
        state.headHash.databaseValue, try envelope.integer(0).databaseValue)
    }
  }

  /// The log's chained hash after `seq`, as far as this store still has it.
  private static func headHash(
    after seq: UInt64, _ state: MailboxState, _ relayKey: RelayKey, _ database: Database
  ) throws -> FixedBytes<32>? {
    if seq == state.head { return state.headHash }
    if seq == 0, state.epoch == MailboxLog.firstEpoch {
      return MailboxLog.start(relayKey: relayKey, mailbox: state.id)
    }
    let row = try database.firstRow(
      "SELECT chain FROM envelope WHERE mailbox = ? AND seq = ?", state.row.databaseValue, seq.databaseValue)
    return try row?.fixed(0)
  }
}
