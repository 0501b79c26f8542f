import GRDB
import RelayCore
import RelayWire

/// The sealed items that mailboxes publish (C6), never parsed.
enum PublishedTable {
  /// Replaces lists and bundle where they are given, and adds or replaces one-time items.
  static func publish(_ command: PublishCommand, at mailbox: Int64, _ database: Database) throws {
    if command.lists != nil || command.bundle != nil {
      try database.run(
        """
        INSERT INTO published(mailbox, lists, bundle) VALUES (?, ?, ?)
        ON CONFLICT(mailbox) DO UPDATE SET lists = coalesce(excluded.lists, lists),
          bundle = coalesce(excluded.bundle, bundle)
        """, mailbox.databaseValue, command.lists?.data.databaseValue ?? .null,
        command.bundle?.data.databaseValue ?? .null)
    }
    if command.replacesOneTime {
      try database.run("DELETE FROM one_time WHERE mailbox = ?", mailbox.databaseValue)
    }
    for item in command.oneTime {
      try database.run(
        "INSERT INTO one_time(mailbox, item) VALUES (?, ?)", mailbox.databaseValue, item.data.databaseValue)
    }
  }

  /// Takes lists, bundle and the oldest one-time item, which is deleted in the same transaction (R10).
  ///
  /// - Returns: nil when lists or bundle have not been published.
  static func take(from mailbox: Int64, _ database: Database) throws -> BundleReply? {
    let published = try database.firstRow(
      "SELECT lists, bundle FROM published WHERE mailbox = ?", mailbox.databaseValue)
    guard let lists = try published?.data(0), let bundle = try published?.data(1) else { return nil }
    let oneTime = try database.firstRow(
      "SELECT row, item FROM one_time WHERE mailbox = ? ORDER BY row LIMIT 1", mailbox.databaseValue)
    if let oneTime {
      try database.run("DELETE FROM one_time WHERE row = ?", try oneTime.integer(0).databaseValue)
    }
    do {
      return try BundleReply(
        lists: SealedItem(.lists, lists), bundle: SealedItem(.bundle, bundle),
        oneTime: oneTime?.data(1).map { data in try SealedItem(.oneTime, data) })
    } catch { throw StoreError.damaged }
  }

  static func oneTimeLeft(at mailbox: Int64, _ database: Database) throws -> UInt32 {
    let row = try database.firstRow("SELECT count(*) FROM one_time WHERE mailbox = ?", mailbox.databaseValue)
    return try row?.number(0) ?? 0
  }
}
