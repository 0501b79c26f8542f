import Foundation
import GRDB
import Primitives
import SecretMemory
import Synchronization

extension Vault {
  /// Destroys the keys and contents of messages so that no copy of the database helps any more (C13), and with them the
  /// keys of contents that were replaced.
  ///
  /// In this order: the new root into the other slot of `erasure.key`, on the disk; one transaction that drops the keys,
  /// seals the surviving keys of the touched buckets under new bucket keys and all bucket keys under the new root, and
  /// stores the new generation; then ``removeTraces()``. A crash before the transaction is durable erases nothing, one
  /// after it erases all: opening the vault does the rest.
  ///
  /// Does not help against a copy of `erasure.key` from before, nor against blocks that the disk has remapped.
  ///
  /// - Parameters:
  ///   - ids: messages; those that are not there or have no key any more are passed over. Their rows stay.
  ///   - removesTraces: false leaves them to a later erasure, to ``removeTraces()`` or to closing the vault: for many
  ///     erasures in a short time.
  ///   - body: runs first in the same transaction: events, states, rows to delete.
  /// - Throws: ``VaultError``, or what `body` throws; then nothing was erased. An error after the transaction leaves
  ///   cleaning up to the next erasure or opening.
  package func eraseMessages(
    _ ids: [Int64], removesTraces: Bool = true, alongside body: (VaultTransaction) throws -> Void = { _ in }
  ) throws {
    try onQueue { database in
      guard !database.isInsideTransaction else { throw VaultError.notAlone }
      let generation = root.generation + 1
      var newRoot: SecretBytes? = try randomness.vaultKey()
      try erasureKeyFile.store(
        root: try duplicate(&newRoot), generation: generation, keys: keys, randomness: randomness)
      try commitGate?.erasureReached(.rootStored)
      let next = ErasureRoot(try duplicate(&newRoot), generation: generation)
      try commit(
        database,
        { transaction in
          try body(transaction)
          let touched = Set(try transaction.dropMessageKeys(ids) + transaction.takeStaleBuckets())
          for bucket in touched.sorted() { try transaction.renewBucket(bucket) }
          try transaction.sealBuckets(under: next)
        },
        afterCommit: {
          hasTraces.store(true, ordering: .relaxed)
          if let key = newRoot.take() { root.replace(by: key, generation: generation) }
        })
      if removesTraces { try removeTraces(database) }
    }
  }

  /// Removes what erasures have left: rewrites the parts of the search index that messages were taken out of, empties the
  /// write-ahead log, and overwrites the erasure root that no longer holds, on the disk.
  ///
  /// - Throws: ``VaultError``; then the next erasure or opening does it.
  package func removeTraces() throws {
    try onQueue { database in try removeTraces(database) }
  }

  /// Whether something is left for ``removeTraces()``.
  package var leavesTraces: Bool { hasTraces.load(ordering: .relaxed) }

  private func removeTraces(_ database: Database) throws {
    do {
      try database.inTransaction(.immediate) {
        try transaction(database).compactSearch()
        return .commit
      }
    } catch VaultError.database, VaultError.corrupt(.database) {
      // The index can be made anew, and must not keep a key from being destroyed.
      try database.inTransaction(.immediate) {
        try transaction(database).resetSearchIndex(version: 0)
        return .commit
      }
    }
    try database.checkpoint(.truncate)
    try commitGate?.erasureReached(.logTruncated)
    try erasureKeyFile.wipeOther(than: root.generation)
    hasTraces.store(false, ordering: .relaxed)
    try commitGate?.erasureReached(.oldRootWiped)
  }

  private func duplicate(_ secret: inout SecretBytes?) throws(VaultError) -> SecretBytes {
    guard let original = secret.take() else { preconditionFailure("the new root is not taken yet") }
    do throws(SecretMemoryError) {
      let copy = try original.duplicate()
      secret = consume original
      return copy
    } catch { throw VaultError(error) }
  }
}
