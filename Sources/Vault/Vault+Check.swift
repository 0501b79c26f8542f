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

  /// Checks the database file, its references and the settings of the connection.
  ///
  /// - Throws: ``VaultError/corrupt(_:)`` when something is wrong.
  package func check() throws(VaultError) {
    do {
      try queue.read { database in
        try VaultConnection.assertPragmas(database)
        guard try String.fetchAll(database, sql: "PRAGMA integrity_check") == ["ok"],
          try Row.fetchOne(database, sql: "PRAGMA foreign_key_check") == nil
        else { throw VaultError.corrupt(.database) }
      }
    } catch { throw VaultError(error) }
  }
}
