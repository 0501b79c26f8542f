import GRDB

extension Vault {
  /// The settings of the connection on which the promises of deletion and durability rest, as SQLite reads them back.
  ///
  /// - Throws: ``VaultError``.
  package func connectionSettings() throws(VaultError) -> [String: Int64] {
    do {
      return try queue.read { database in
        var settings: [String: Int64] = [:]
        for pragma in VaultConnection.requiredPragmas {
          settings[pragma.name] = try Int64.fetchOne(database, sql: "PRAGMA \(pragma.name)")
        }
        return settings
      }
    } catch { throw VaultError(error) }
  }

  /// Checks the database file, its references, the settings of the connection, and that every message opens.
  ///
  /// - Throws: ``VaultError/corrupt(_:)`` when something is wrong.
  package func check() throws(VaultError) {
    do {
      try queue.read { database in
        try VaultConnection.assertPragmas(database)
        guard try String.fetchAll(database, sql: "PRAGMA integrity_check") == ["ok"],
          try Row.fetchOne(database, sql: "PRAGMA foreign_key_check") == nil
        else { throw VaultError.corrupt(.database) }
        let transaction = VaultTransaction(database: database, keys: keys, root: root, randomness: randomness)
        for row in try transaction.rows("SELECT id FROM message WHERE bucket_id IS NOT NULL") {
          _ = try transaction.messageContent(id: try row.integer(0))
        }
      }
    } catch { throw VaultError(error) }
  }
}
