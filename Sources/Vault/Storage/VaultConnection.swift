import Foundation
import GRDB

/// Opens the database of a vault and asserts what its promises rest on.
enum VaultConnection {
  /// How long to wait for a lock. Nobody else should hold one.
  private static let busyTimeout: TimeInterval = 5

  /// What every connection must read back (Docs/StorageAtRest.md, Protocol §8).
  static let requiredPragmas: [(name: String, value: Int64)] = [
    ("secure_delete", 1), ("synchronous", 2), ("temp_store", 2), ("busy_timeout", 5_000), ("foreign_keys", 1),
    ("trusted_schema", 0),
  ]

  /// One connection, write-ahead log, migrated.
  ///
  /// - Throws: ``VaultError/unsupportedFormat`` when a newer version has migrated it.
  static func open(_ path: String) throws(VaultError) -> DatabaseQueue {
    do {
      var configuration = Configuration()
      configuration.label = "sotto.vault"
      configuration.journalMode = .wal
      configuration.busyMode = .timeout(busyTimeout)
      configuration.foreignKeysEnabled = true
      configuration.prepareDatabase { database in
        try database.execute(
          sql: "PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF")
      }
      let queue = try DatabaseQueue(path: path, configuration: configuration)
      // GRDB sets NORMAL by itself when it turns the write-ahead log on, after prepareDatabase.
      try queue.writeWithoutTransaction { database in
        try database.execute(sql: "PRAGMA synchronous = FULL")
        try assertPragmas(database)
      }
      if try queue.read({ try Migrations.migrator.hasBeenSuperseded($0) }) { throw VaultError.unsupportedFormat }
      try Migrations.migrator.migrate(queue)
      try queue.writeWithoutTransaction { try assertPragmas($0) }
      return queue
    } catch { throw VaultError(error) }
  }

  /// - Throws: ``VaultError/database(code:)`` with code 0 when a setting did not take.
  static func assertPragmas(_ database: Database) throws {
    guard try String.fetchOne(database, sql: "PRAGMA journal_mode") == "wal" else { throw VaultError.database(code: 0) }
    for pragma in requiredPragmas {
      guard try Int64.fetchOne(database, sql: "PRAGMA \(pragma.name)") == pragma.value else {
        throw VaultError.database(code: 0)
      }
    }
  }
}
