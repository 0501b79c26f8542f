import GRDB
import RelayCore
import RelayWire

/// Hashes of collected envelopes whose recipients let their senders know (R13), apart from every mailbox.
enum CollectedTable {
  /// Notes those of the envelopes above `settled` up to `end` that are collected now: acknowledged, and neither retracted
  /// nor expired before.
  static func note(
    mailbox: Int64, after settled: UInt64, upTo end: UInt64, collectedAt now: UInt64, expiry: UInt64,
    _ database: Database
  ) throws {
    try database.run(
      """
      INSERT OR IGNORE INTO collected(hash, visible_from, expires_at)
      SELECT collected_hash, ?, expires_at FROM envelope
      WHERE mailbox = ? AND seq > ? AND seq <= ? AND collected_hash IS NOT NULL AND body IS NOT NULL AND expires_at > ?
      """, CollectedRules.visible(from: now).databaseValue, mailbox.databaseValue, settled.databaseValue,
      end.databaseValue, expiry.databaseValue)
  }

  /// One look-up for every hash, which finds something or nothing.
  static func status(_ hashes: [CollectedHash], now: UInt64, _ database: Database) throws -> [Bool] {
    try hashes.map { hash in
      try database.firstRow(
        "SELECT 1 FROM collected WHERE hash = ? AND visible_from <= ? AND expires_at > ?", hash.bytes.databaseValue,
        now.databaseValue, now.databaseValue) != nil
    }
  }
}
