import GRDB
import RelayCore
import RelayWire

/// Moving a mailbox's cursor: one row, whatever it covers. The envelopes go later (``LazyWork``).
enum Acknowledgement {
  /// Acknowledges up to a seq, and single ones above it, never beyond the head.
  ///
  /// Single acknowledgements are remembered until the cursor reaches them. Until then their envelopes still stand in the
  /// pages, which could not be contiguous otherwise.
  static func perform(_ command: AcknowledgeCommand, _ mailbox: inout MailboxState, _ database: Database) throws {
    mailbox.acknowledged = max(mailbox.acknowledged, min(command.upTo, mailbox.head))
    for seq in command.seqs where seq > mailbox.acknowledged && seq <= mailbox.head {
      try database.run(
        "INSERT OR IGNORE INTO acknowledged_seq(mailbox, seq) VALUES (?, ?)", mailbox.row.databaseValue,
        seq.databaseValue)
    }
    // Over what was acknowledged before it was its turn.
    while try database.firstRow(
      "SELECT 1 FROM acknowledged_seq WHERE mailbox = ? AND seq = ?", mailbox.row.databaseValue,
      (mailbox.acknowledged + 1).databaseValue) != nil
    {
      mailbox.acknowledged += 1
    }
    try database.run(
      "DELETE FROM acknowledged_seq WHERE mailbox = ? AND seq <= ?", mailbox.row.databaseValue,
      mailbox.acknowledged.databaseValue)
  }
}
