import GRDB

extension Vault {
  /// Makes one transaction of all that `body` writes: everything of it is kept, or nothing.
  ///
  /// Each write inside is kept or dropped by itself until then. An erasure needs steps outside of any transaction: called in
  /// here it throws, and nothing was changed.
  /// - Throws: ``VaultError``, or what `body` throws.
  package func together<Result>(_ body: () throws -> Result) throws -> Result {
    try write { _ in try body() }
  }

  /// A transaction inside of ``together(_:)``: dropped alone when it throws, durable with the others.
  func join(_ database: Database, _ body: (VaultTransaction) throws -> Void) throws {
    try interrupt()
    try database.inSavepoint {
      try run(database, body)
      return .commit
    }
  }
}
