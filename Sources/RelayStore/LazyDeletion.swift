import Ambient
import ByteLayout
import GRDB
import RelayCore
import RelayWire

/// The small deletions, each inside a transaction of its own. `secure_delete` overwrites what they free.
enum LazyDeletion {
  /// Reduces the next acknowledged envelopes to (envelope id, hash, storedAt) until their retention ends (R3, R8).
  ///
  /// - Parameters:
  ///   - now: when they were collected, for those whose senders may hear of it (R13).
  ///   - expiry: by when they have expired.
  static func settle(
    _ mailbox: inout MailboxState, batch: UInt64, now: UInt64, expiry: UInt64, _ database: Database
  ) throws {
    let end = min(mailbox.acknowledged, mailbox.settled + batch)
    guard end > mailbox.settled else { return }
    try CollectedTable.note(
      mailbox: mailbox.row, after: mailbox.settled, upTo: end, collectedAt: now, expiry: expiry, database)
    let bytes = try database.firstRow(
      "SELECT coalesce(sum(length(body)), 0) FROM envelope WHERE mailbox = ? AND seq > ? AND seq <= ?",
      mailbox.row.databaseValue, mailbox.settled.databaseValue, end.databaseValue)
    try database.run(
      """
      INSERT INTO settled(mailbox, envelope_id, hash, stored_at, expires_at)
      SELECT mailbox, envelope_id, hash, stored_at, expires_at FROM envelope
      WHERE mailbox = ? AND seq > ? AND seq <= ? AND expires_at > ?
      """, mailbox.row.databaseValue, mailbox.settled.databaseValue, end.databaseValue, expiry.databaseValue)
    try database.run(
      "DELETE FROM envelope WHERE mailbox = ? AND seq > ? AND seq <= ?", mailbox.row.databaseValue,
      mailbox.settled.databaseValue, end.databaseValue)
    mailbox.settled = end
    mailbox.removed(bytes: try bytes?.counter(0) ?? 0)
  }

  /// Deletes some of what a closed mailbox left.
  ///
  /// - Returns: whether there was anything.
  static func clearClosedMailbox(batch: UInt64, _ database: Database) throws -> Bool {
    let closed = try database.firstRow("SELECT row FROM closed_mailbox LIMIT 1")
    guard let row = try closed?.integer(0).databaseValue else { return false }
    try database.run(
      "DELETE FROM envelope WHERE row IN (SELECT row FROM envelope WHERE mailbox = ? LIMIT ?)", row,
      batch.databaseValue)
    if database.changesCount > 0 { return true }
    try database.run(
      """
      DELETE FROM settled WHERE mailbox = ?1
        AND envelope_id IN (SELECT envelope_id FROM settled WHERE mailbox = ?1 LIMIT ?2)
      """, row, batch.databaseValue)
    if database.changesCount > 0 { return true }
    try database.run("DELETE FROM closed_mailbox WHERE row = ?", row)
    return true
  }

  /// Removes some of what has expired by `time`: bodies of envelopes, which become gaps (C7), what was left of
  /// acknowledged envelopes, what senders could ask about, and admission entries whose last day was over two days ago.
  ///
  /// - Returns: how much was removed; 0: nothing is left.
  static func removeExpired(batch: UInt64, time: WallTime, _ context: inout WriteContext) throws -> Int {
    let database = context.database
    let seconds = UInt64(clamping: time.seconds).databaseValue
    let expired = try expireBodies(batch: batch, seconds: seconds, &context)
    if expired > 0 { return expired }
    try database.run(
      """
      DELETE FROM settled WHERE (mailbox, envelope_id) IN (
        SELECT mailbox, envelope_id FROM settled WHERE expires_at <= ? LIMIT ?)
      """, seconds, batch.databaseValue)
    if database.changesCount > 0 { return database.changesCount }
    try database.run(
      "DELETE FROM collected WHERE hash IN (SELECT hash FROM collected WHERE expires_at <= ? LIMIT ?)", seconds,
      batch.databaseValue)
    if database.changesCount > 0 { return database.changesCount }
    try database.run(
      """
      DELETE FROM admission WHERE (hash, mailbox) IN (
        SELECT hash, mailbox FROM admission WHERE until_day < ? LIMIT ?)
      """, (Int64(time.day) - 2).databaseValue, batch.databaseValue)
    return database.changesCount
  }

  /// Deletes the next bodies and counts them out of their mailboxes.
  private static func expireBodies(
    batch: UInt64, seconds: DatabaseValue, _ context: inout WriteContext
  ) throws -> Int {
    let database = context.database
    let rows = try Row.fetchAll(
      database.cachedStatement(
        sql: """
          SELECT e.row, m.id, length(e.body) FROM envelope e LEFT JOIN mailbox m ON m.row = e.mailbox
          WHERE e.expires_at <= ? AND e.body IS NOT NULL LIMIT ?
          """), arguments: StatementArguments([seconds, batch.databaseValue]))
    for row in rows {
      try database.run("UPDATE envelope SET body = NULL WHERE row = ?", try row.integer(0).databaseValue)
      // None: the mailbox is closed and waits for its deletion.
      guard let id = try row.data(1), let id = try? FixedBytes<32>(id),
        var mailbox = try context.mailboxes.state(of: MailboxID(id), database)
      else { continue }
      mailbox.removed(bytes: try row.counter(2))
      context.mailboxes.change(mailbox)
    }
    return rows.count
  }
}
