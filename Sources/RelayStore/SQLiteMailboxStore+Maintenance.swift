import GRDB
package import RelayCore

/// What only an operator does, on a store that no relay serves.
extension SQLiteMailboxStore {
  /// Believes the wall clock as it is (``ExpiryClock``): the next ``removeExpired(completion:)`` deletes by it.
  package func trustWallClock(completion: @escaping Completion<Void>) {
    let expiry = expiry
    submit(completion) { .success(try expiry.trustWallClock($0.database)) }
  }

  /// Writes the database anew without its free pages; needs as much room again for as long as it takes.
  package func compact(completion: @escaping Completion<Void>) {
    database.pool.asyncBarrierWriteWithoutTransaction { result in
      do {
        try result.get().execute(sql: "VACUUM")
        completion(.success(()))
      } catch { completion(.failure(StoreError(error))) }
    }
  }
}
