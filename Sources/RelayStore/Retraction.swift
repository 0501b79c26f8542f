import GRDB
import RelayCore
import RelayWire

/// Taking an envelope back by its deletion token (C10).
enum Retraction {
  /// Removes the ciphertext and leaves the token in the gap (C7), if the token is the envelope's, and the envelope is
  /// neither acknowledged nor expired. Anything else changes nothing.
  ///
  /// Every call dirties one page, so that its commit waits for the disk whatever was found: otherwise the time of the
  /// answer would tell a sender whether the envelope had been collected.
  static func perform(
    _ command: RetractCommand, hash: DeletionHash, now: UInt64, _ context: inout WriteContext
  ) throws {
    // The number is nobody's; writing it again writes its page again.
    try context.database.run("PRAGMA user_version = 1")
    let known = try context.mailboxes.state(of: command.mailbox, context.database)
    let row = try context.database.firstRow(
      """
      SELECT row, seq, length(body), deletion_hash, expires_at FROM envelope
      WHERE mailbox = ? AND envelope_id = ? AND body IS NOT NULL
      """, (known?.row ?? 0).databaseValue, command.envelopeID.bytes.databaseValue)
    guard var mailbox = known, let row, try row.fixed(3) == hash.bytes, try row.counter(4) > now,
      try !isAcknowledged(try row.counter(1), mailbox, context.database)
    else { return }
    try context.database.run(
      "UPDATE envelope SET body = NULL, deletion_token = ?, collected_hash = NULL WHERE row = ?",
      command.token.bytes.databaseValue, try row.integer(0).databaseValue)
    mailbox.removed(bytes: try row.counter(2))
    context.mailboxes.change(mailbox)
  }

  private static func isAcknowledged(_ seq: UInt64, _ mailbox: MailboxState, _ database: Database) throws -> Bool {
    if seq <= mailbox.acknowledged { return true }
    return try database.firstRow(
      "SELECT 1 FROM acknowledged_seq WHERE mailbox = ? AND seq = ?", mailbox.row.databaseValue, seq.databaseValue)
      != nil
  }
}
