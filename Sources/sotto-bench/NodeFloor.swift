import Foundation
import GRDBSQLite

/// What SQLite alone takes to read the rows that a node's question needs: the limit that the node's figures stand beside.
/// It opens none of the sealed values.
final class NodeFloor {
  private let database: OpaquePointer

  /// Opens the vault's file beside the vault, to read.
  init(vaultFolder: String) throws {
    var handle: OpaquePointer?
    let file = try Self.databaseFile(in: vaultFolder)
    let result = sqlite3_open_v2(file, &handle, SQLITE_OPEN_READONLY, nil)
    guard result == SQLITE_OK, let handle else { throw SQLiteFloor.Failure(code: result) }
    database = handle
  }

  deinit { sqlite3_close_v2(database) }

  private static func databaseFile(in folder: String) throws -> String {
    let names = try FileManager.default.contentsOfDirectory(atPath: folder)
    guard let name = names.first(where: { $0.hasSuffix(".sqlite") }) else {
      throw SQLiteFloor.Failure(code: SQLITE_CANTOPEN)
    }
    return "\(folder)/\(name)"
  }

  /// One page of the list of conversations: each with its contact, its newest message and how many are unread.
  func list(limit: Int) throws -> Duration {
    try read(
      """
      SELECT c.id, c.last_message_at_ms, c.sealed, contact.sealed,
        (SELECT count(*) FROM message WHERE conversation_id = c.id AND unread = 1),
        m.id, m.sealed, m.sealed_key, m.sealed_content, b.sealed_key
      FROM (SELECT * FROM conversation ORDER BY last_message_at_ms DESC, id DESC LIMIT \(limit)) c
      JOIN contact ON contact.id = c.contact_id
      LEFT JOIN message m ON m.id = (SELECT max(id) FROM message WHERE conversation_id = c.id)
      LEFT JOIN key_bucket b ON b.id = m.bucket_id
      """)
  }

  /// The newest messages of one conversation.
  func conversation(ofContact contact: Int64, limit: Int) throws -> Duration {
    try read(
      """
      SELECT m.id, m.deadline, m.sealed, m.sealed_key, m.sealed_content, b.sealed_key FROM message m
      LEFT JOIN key_bucket b ON b.id = m.bucket_id
      WHERE conversation_id = (SELECT id FROM conversation WHERE contact_id = \(contact)) ORDER BY m.id DESC LIMIT \(limit)
      """)
  }

  /// Runs a query to its end and touches every column.
  private func read(_ sql: String) throws -> Duration {
    let start = ContinuousClock.now
    var statement: OpaquePointer?
    let result = sqlite3_prepare_v2(database, sql, -1, &statement, nil)
    guard result == SQLITE_OK else { throw SQLiteFloor.Failure(code: result) }
    defer { sqlite3_finalize(statement) }
    var bytes = 0
    while sqlite3_step(statement) == SQLITE_ROW {
      for column in 0..<sqlite3_column_count(statement) { bytes += Int(sqlite3_column_bytes(statement, column)) }
    }
    guard bytes > 0 else { throw SQLiteFloor.Failure(code: SQLITE_EMPTY) }
    return ContinuousClock.now - start
  }
}
