import ByteLayout
import Foundation
import GRDBSQLite
import Primitives
import SecretMemory

/// What catching up takes at least: the bare calls for each envelope to what it is made of, one after the other on one thread, as
/// it must be. Nothing is parsed, looked up or decided.
struct CatchUpFloor {
  /// The vault that has caught up.
  let vaultFolder: String
  let envelopes: Int

  /// For each envelope one Diffie–Hellman, the two parts of the sealed layer, the message, and what the vault seals anew (session,
  /// content, its key, message, event, receipt), at their sizes.
  func cryptography() throws -> Duration {
    let randomness = try SystemRandomness()
    let own = try X25519KeyPair(from: randomness)
    let theirs = try X25519KeyPair(from: randomness).publicKey
    let key = try randomness.secret(byteCount: 32)
    let opened = try [70, 900, 700].map { count in
      try XChaCha20Poly1305.seal(
        [UInt8](repeating: 1, count: count), key: key, nonce: .init(), additionalData: [UInt8](repeating: 2, count: 100)
      )
    }
    let sealed = [1_100, 100, 36, 64, 32, 32].map { [UInt8](repeating: 3, count: $0) }
    let label = [UInt8](repeating: 4, count: 60)
    let start = ContinuousClock.now
    for _ in 0..<envelopes {
      _ = try own.sharedSecret(with: theirs)
      for value in opened {
        _ = try XChaCha20Poly1305.open(
          value, key: key, nonce: .init(), additionalData: [UInt8](repeating: 2, count: 100))
      }
      for value in sealed {
        _ = try XChaCha20Poly1305.seal(value, key: key, nonce: .init(), additionalData: label)
      }
    }
    return ContinuousClock.now - start
  }

  /// SQLite inserting the rows that catching up has added, with the vault's tables and indexes, 256 envelopes in a transaction.
  func rows() throws -> Duration {
    let file = "\(vaultFolder)/vault.sqlite"
    let copy = "\(vaultFolder)/floor.sqlite"
    var handle: OpaquePointer?
    let result = sqlite3_open_v2(copy, &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nil)
    guard result == SQLITE_OK, let database = handle else { throw SQLiteFloor.Failure(code: result) }
    defer {
      sqlite3_close_v2(database)
      for suffix in ["", "-wal", "-shm"] {
        try? FileManager.default.removeItem(atPath: copy + suffix)  // its folder goes later
      }
    }
    func run(_ sql: String) throws {
      let result = sqlite3_exec(database, sql, nil, nil, nil)
      guard result == SQLITE_OK else { throw SQLiteFloor.Failure(code: result) }
    }
    func texts(_ sql: String) throws -> [String] {
      let statement = try prepare(sql)
      defer { sqlite3_finalize(statement) }
      var texts: [String] = []
      while sqlite3_step(statement) == SQLITE_ROW {
        if let text = sqlite3_column_text(statement, 0) { texts.append(String(cString: text)) }
      }
      return texts
    }
    func prepare(_ sql: String) throws -> OpaquePointer {
      var statement: OpaquePointer?
      let result = sqlite3_prepare_v2(database, sql, -1, &statement, nil)
      guard result == SQLITE_OK, let statement else { throw SQLiteFloor.Failure(code: result) }
      return statement
    }
    try run("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON")
    try run("ATTACH '\(file)' AS vault")
    // The tables that have a row for every envelope, with their indexes.
    let tables = try texts(
      "SELECT name FROM vault.sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE 'search%'"
    )
    .filter {
      try Int(texts("SELECT count(*) FROM vault.\"\($0)\"").first ?? "") ?? 0 >= envelopes
    }
    guard !tables.isEmpty else { throw SQLiteFloor.Failure(code: SQLITE_EMPTY) }
    for table in tables {
      let made = try texts(
        "SELECT sql FROM vault.sqlite_master WHERE tbl_name = '\(table)' AND sql IS NOT NULL ORDER BY type DESC")
      for sql in made { try run(sql) }
    }
    let start = ContinuousClock.now
    for from in stride(from: 0, to: envelopes, by: 256) {
      try run("BEGIN IMMEDIATE")
      for table in tables {
        try run(
          "INSERT INTO main.\"\(table)\" SELECT * FROM vault.\"\(table)\" LIMIT \(min(256, envelopes - from)) OFFSET \(from)"
        )
      }
      try run("COMMIT")
    }
    return ContinuousClock.now - start
  }
}
