import GRDB

extension VaultTransaction {
  /// Runs `body` so that its changes can be dropped without ending the transaction.
  ///
  /// - Parameter body: returns whether its changes stay. When it throws they are dropped too.
  package func savepoint(_ body: () throws -> Bool) throws {
    // What has changed before is not dropped with what comes now.
    try writeChanges(of: .changing)
    var isKept = false
    defer { if !isKept { forgetDroppedChanges() } }
    try database.inSavepoint {
      let isWanted = try body()
      if isWanted { try writeChanges(of: .changing) }
      isKept = isWanted
      return isKept ? .commit : .rollback
    }
  }
}
