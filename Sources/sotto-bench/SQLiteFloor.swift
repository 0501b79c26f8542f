import Foundation
import GRDBSQLite

/// What SQLite alone does with the relay's rows: the limit that the relay's figures stand beside.
///
/// The table and its indexes are those of the relay's envelopes; WAL, `synchronous=FULL`, checkpoints of 16 384 pages.
final class SQLiteFloor {
  /// SQLite reported this result.
  struct Failure: Error {
    let code: Int32
  }

  private let database: OpaquePointer
  private let mailboxes: Int
  private var heads: [Int64]

  init(_ path: String, mailboxes: Int) throws {
    self.mailboxes = mailboxes
    heads = [Int64](repeating: 0, count: mailboxes)
    var handle: OpaquePointer?
    let result = sqlite3_open_v2(path, &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nil)
    guard result == SQLITE_OK, let handle else { throw Failure(code: result) }
    database = handle
    try run(
      """
      PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 16384;
      PRAGMA cache_size = -16384; PRAGMA temp_store = MEMORY; PRAGMA secure_delete = ON;
      CREATE TABLE envelope(
        row INTEGER PRIMARY KEY, mailbox INTEGER NOT NULL, seq INTEGER NOT NULL, envelope_id BLOB NOT NULL,
        hash BLOB NOT NULL, stored_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, deletion_hash BLOB NOT NULL,
        collected_hash BLOB, chain BLOB NOT NULL, body BLOB);
      CREATE UNIQUE INDEX envelope_by_seq ON envelope(mailbox, seq);
      CREATE UNIQUE INDEX envelope_by_id ON envelope(mailbox, envelope_id);
      CREATE INDEX envelope_by_expiry ON envelope(expires_at) WHERE body IS NOT NULL;
      """)
  }

  deinit { sqlite3_close_v2(database) }

  /// Inserts rows with 1 KiB bodies, `batch` of them in a transaction. A latency is a transaction's.
  func insert(batch: Int, for time: Duration) throws -> Rate {
    let end = ContinuousClock.now + time
    return try insert(batch: batch) { _ in ContinuousClock.now < end }
  }

  /// Inserts as many rows.
  func insert(batch: Int, rows: Int) throws { _ = try insert(batch: batch) { $0 < rows } }

  private func insert(batch: Int, while goesOn: (Int) -> Bool) throws -> Rate {
    let (begin, commit) = (try prepare("BEGIN IMMEDIATE"), try prepare("COMMIT"))
    let insert = try prepare(
      """
      INSERT INTO envelope(mailbox, seq, envelope_id, hash, stored_at, expires_at, deletion_hash, chain, body)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
      """)
    defer { for statement in [begin, commit, insert] { sqlite3_finalize(statement) } }
    var random = [UInt8](repeating: 0, count: 1_024)
    for index in random.indices { random[index] = .random(in: 0...255) }
    var latencies: [Duration] = []
    var rows = 0
    let watch = Stopwatch()
    while goesOn(rows) {
      let start = ContinuousClock.now
      try step(begin)
      for _ in 0..<batch {
        let mailbox = rows % mailboxes
        heads[mailbox] += 1
        var id = (UInt64.random(in: 0 ... .max), UInt64(rows))
        sqlite3_bind_int64(insert, 1, Int64(mailbox))
        sqlite3_bind_int64(insert, 2, heads[mailbox])
        sqlite3_bind_int64(insert, 5, 1_700_000_000)
        sqlite3_bind_int64(insert, 6, 1_702_592_000)
        // Bound without a copy (no destructor): the bytes outlive the step.
        try withUnsafeBytes(of: &id) { id in
          try random.withUnsafeBytes { random in
            sqlite3_bind_blob(insert, 3, id.baseAddress, 16, nil)
            sqlite3_bind_blob(insert, 4, random.baseAddress, 32, nil)
            sqlite3_bind_blob(insert, 7, random.baseAddress, 16, nil)
            sqlite3_bind_blob(insert, 8, random.baseAddress, 32, nil)
            sqlite3_bind_blob(insert, 9, random.baseAddress, 1_024, nil)
            try step(insert)
          }
        }
        rows += 1
      }
      try step(commit)
      latencies.append(ContinuousClock.now - start)
    }
    var rate = watch.rate(latencies)
    rate.count = rows
    return rate
  }

  /// Reads every mailbox in pages and deletes each page, one transaction a page.
  func drain(page: Int) throws -> Rate {
    let (begin, commit) = (try prepare("BEGIN IMMEDIATE"), try prepare("COMMIT"))
    let select = try prepare(
      """
      SELECT seq, envelope_id, stored_at, expires_at, deletion_hash, body FROM envelope
      WHERE mailbox = ? AND seq > ? ORDER BY seq LIMIT \(page)
      """)
    let delete = try prepare("DELETE FROM envelope WHERE mailbox = ? AND seq <= ?")
    defer { for statement in [begin, commit, select, delete] { sqlite3_finalize(statement) } }
    var count = 0
    var bytes = 0
    let watch = Stopwatch()
    for mailbox in 0..<mailboxes {
      var after: Int64 = 0
      while true {
        sqlite3_bind_int64(select, 1, Int64(mailbox))
        sqlite3_bind_int64(select, 2, after)
        var rows = 0
        while sqlite3_step(select) == SQLITE_ROW {
          rows += 1
          after = sqlite3_column_int64(select, 0)
          bytes += Data(bytes: sqlite3_column_blob(select, 5), count: Int(sqlite3_column_bytes(select, 5))).count
        }
        sqlite3_reset(select)
        guard rows > 0 else { break }
        count += rows
        try step(begin)
        sqlite3_bind_int64(delete, 1, Int64(mailbox))
        sqlite3_bind_int64(delete, 2, after)
        try step(delete)
        try step(commit)
        if rows < page { break }
      }
    }
    guard bytes == count * 1_024 else { throw Failure(code: SQLITE_CORRUPT) }
    return watch.rate(count: count)
  }

  private func run(_ sql: String) throws {
    let result = sqlite3_exec(database, sql, nil, nil, nil)
    guard result == SQLITE_OK else { throw Failure(code: result) }
  }

  private func prepare(_ sql: String) throws -> OpaquePointer {
    var statement: OpaquePointer?
    let result = sqlite3_prepare_v2(database, sql, -1, &statement, nil)
    guard result == SQLITE_OK, let statement else { throw Failure(code: result) }
    return statement
  }

  private func step(_ statement: OpaquePointer) throws {
    let result = sqlite3_step(statement)
    sqlite3_reset(statement)
    guard result == SQLITE_DONE else { throw Failure(code: result) }
  }
}
