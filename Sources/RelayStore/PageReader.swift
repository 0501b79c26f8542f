import ByteLayout
import GRDB
import RelayCore
import RelayWire

/// Reads one page in a reader's snapshot, so that items and the log's state belong together (R5, C7).
struct PageReader {
  let relayKey: RelayKey
  let checkpoints: CheckpointSigner
  let mailbox: MailboxID
  let after: UInt64
  let limit: Int
  let byteLimit: Int
  /// Unix seconds.
  let now: UInt64
  /// What expires up to here has expired, in unix seconds (``ExpiryTime``).
  let expiry: UInt64

  /// - Throws: ``StoreError/noSuchMailbox``; ``StoreError/damaged`` if the log has a hole.
  func read(_ database: Database) throws -> MailboxPage {
    guard let state = try MailboxState.fetch(mailbox, database) else { throw StoreError.noSuchMailbox }
    let start = max(after, state.acknowledged)
    var items: [MailboxItem] = []
    var head = state.headHash
    var byteCount = 0
    let rows = try Row.fetchCursor(
      database.cachedStatement(
        sql: """
          SELECT seq, envelope_id, hash, stored_at, expires_at, deletion_hash, chain, body, deletion_token FROM envelope
          WHERE mailbox = ? AND seq > ? ORDER BY seq LIMIT ?
          """),
      arguments: StatementArguments([
        state.row.databaseValue, start.databaseValue, min(max(limit, 1), WireLimits.maximumPageItems).databaseValue,
      ]))
    while let row = try rows.next() {
      let item = try item(row)
      byteCount += item.byteCount
      if !items.isEmpty, byteCount > byteLimit { break }
      items.append(item)
      head = try row.fixed(6)
    }
    let end = items.last?.seq ?? start
    let checkpoint = Checkpoint(
      relayKey: relayKey, mailbox: mailbox, epoch: state.epoch, seq: min(end, state.head), head: head, at: now)
    let signed = try checkpoints.sign(checkpoint)
    do {
      return try MailboxPage(
        mailbox: mailbox, after: start, items: items, checkpoint: .signed(signed), more: end < state.head,
        head: state.head, epoch: state.epoch)
    } catch { throw StoreError.damaged }
  }

  private func item(_ row: Row) throws -> MailboxItem {
    let leaf = LogLeaf(
      seq: try row.counter(0), envelopeID: EnvelopeID(try row.fixed(1)), envelopeHash: EnvelopeHash(try row.fixed(2)),
      storedAt: try row.counter(3), expiresAt: try row.counter(4), deletionHash: DeletionHash(try row.fixed(5)))
    if let token = try row.data(8) {
      guard let token = try? FixedBytes<16>(token) else { throw StoreError.damaged }
      return .gap(LogGap(leaf: leaf, reason: .retracted(DeletionToken(token))))
    }
    guard leaf.expiresAt > expiry, let body = try row.data(7) else { return .gap(LogGap(leaf: leaf, reason: .expired)) }
    guard let envelope = try? Envelope(body) else { throw StoreError.damaged }
    return .envelope(
      StoredEnvelope(
        seq: leaf.seq, envelopeID: leaf.envelopeID, envelope: envelope, storedAt: leaf.storedAt,
        expiresAt: leaf.expiresAt, deletionHash: leaf.deletionHash))
  }
}
