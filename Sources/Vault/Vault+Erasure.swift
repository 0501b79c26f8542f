import Foundation
import GRDB
import Primitives
import SecretMemory

extension Vault {
  /// Destroys the keys and contents of messages so that no copy of the database helps any more (C13).
  ///
  /// In this order: the new root into the other slot of `erasure.key`, on the disk; one transaction that drops the keys,
  /// seals the surviving keys of the touched buckets under new bucket keys and all bucket keys under the new root, and
  /// stores the new generation; the write-ahead log truncated; the old root overwritten, on the disk. A crash before the
  /// transaction is durable erases nothing, one after it erases all: opening the vault does the rest.
  ///
  /// Does not help against a copy of `erasure.key` from before, nor against blocks that the disk has remapped.
  ///
  /// - Parameters:
  ///   - ids: messages; those that are not there or have no key any more are passed over. Their rows stay.
  ///   - body: runs first in the same transaction: events, states, rows to delete.
  /// - Throws: ``VaultError``, or what `body` throws; then nothing was erased. An error after the transaction leaves
  ///   cleaning up to the next erasure or opening.
  package func eraseMessages(_ ids: [Int64], alongside body: (VaultTransaction) throws -> Void = { _ in }) throws {
    try onQueue { database in
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
          let touched = try transaction.dropMessageKeys(ids)
          for bucket in touched { try transaction.renewBucket(bucket) }
          try transaction.sealBuckets(under: next)
        },
        afterCommit: {
          if let key = newRoot.take() { root.replace(by: key, generation: generation) }
        })
      try removeTraces(database)
    }
  }

  /// Finishes an erasure whose transaction is durable, or forgets one whose transaction is not.
  func finishErasure() throws(VaultError) {
    do {
      try onQueue { database in try removeTraces(database) }
    } catch { throw VaultError(error) }
  }

  /// Empties the log, then overwrites the slot that no longer holds.
  private func removeTraces(_ database: Database) throws {
    try database.checkpoint(.truncate)
    try commitGate?.erasureReached(.logTruncated)
    try erasureKeyFile.wipeOther(than: root.generation)
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
