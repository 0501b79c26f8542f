import GRDB

extension VaultTransaction {
  /// Runs `body` so that its changes can be dropped without ending the transaction.
  ///
  /// - Parameter body: returns whether its changes stay. When it throws they are dropped too.
  package func savepoint(_ body: () throws -> Bool) throws {
    var isKept = false
    defer { if !isKept { forgetDroppedRows() } }
    try database.inSavepoint {
      isKept = try body()
      return isKept ? .commit : .rollback
    }
  }
}
