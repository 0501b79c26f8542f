import GRDB
import RelayCore
import RelayWire

/// The admission entries of all mailboxes, known by hash (C9); ``PutStatements`` looks them up.
enum AdmissionTable {
  struct Found {
    /// The mailbox's row.
    let mailbox: Int64
    let state: AdmissionState
  }

  /// Counts one use of an entry that has a limit.
  static func countUse(of found: Found, _ hash: AdmissionHash, _ database: Database) throws {
    guard found.state.entry.uses > 0 else { return }
    try database.run(
      "UPDATE admission SET used = used + 1 WHERE hash = ? AND mailbox = ?", hash.bytes.databaseValue,
      found.mailbox.databaseValue)
  }

  /// First removes, then adds; an entry that is there keeps its count of uses.
  static func apply(_ change: AdmissionChange, to mailbox: Int64, _ database: Database) throws {
    for hash in change.remove {
      try database.run(
        "DELETE FROM admission WHERE hash = ? AND mailbox = ?", hash.bytes.databaseValue, mailbox.databaseValue)
    }
    for entry in change.add {
      try database.run(
        """
        INSERT INTO admission(hash, mailbox, from_day, until_day, uses, used, class, rights)
        VALUES (?, ?, ?, ?, ?, 0, ?, ?)
        ON CONFLICT(hash, mailbox) DO UPDATE SET from_day = excluded.from_day, until_day = excluded.until_day,
          uses = excluded.uses, class = excluded.class, rights = excluded.rights
        """, entry.hash.bytes.databaseValue, mailbox.databaseValue, entry.fromDay.databaseValue,
        entry.untilDay.databaseValue, entry.uses.databaseValue, entry.admissionClass.rawValue.databaseValue,
        entry.rights.rawValue.databaseValue)
    }
  }
}
