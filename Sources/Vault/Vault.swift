package import ByteLayout
import Foundation
import GRDB
import Primitives
import SecretMemory
import Synchronization

/// An encrypted store in one directory (Docs/StorageAtRest.md, C13).
///
/// Files: `vault.header` (wrapped master key), `vault.sqlite`, `erasure.key` (root of the message keys), `vault.lock`.
/// One vault object per directory at a time, in all processes. Transactions run one after the other; a transaction inside a
/// transaction is a programmer's error, unless ``together(_:)`` makes one of several. Does not read the clock.
package final class Vault: Sendable {
  /// The directory, as it was given.
  package let directory: String
  /// What protects the master key.
  package let protectionKind: VaultProtectionKind

  let queue: DatabaseQueue
  let keys: KeySchedule
  let root: ErasureRoot
  let erasureKeyFile: ErasureKeyFile
  let randomness: any Randomness
  let commitGate: (any CommitGate)?
  private let lock: VaultLock
  private let writeCount = Atomic<Int>(0)
  private let running = RunningTransaction()
  /// Whether an erasure has left traces that are still to be removed.
  let hasTraces = Atomic<Bool>(false)

  init(
    files: VaultFiles, kind: VaultProtectionKind, lock: VaultLock, queue: DatabaseQueue, keys: KeySchedule,
    root: ErasureRoot, randomness: any Randomness, commitGate: (any CommitGate)?
  ) {
    directory = files.directory
    protectionKind = kind
    self.lock = lock
    self.queue = queue
    self.keys = keys
    self.root = root
    erasureKeyFile = ErasureKeyFile(path: files.erasureKey)
    self.randomness = randomness
    self.commitGate = commitGate
  }

  deinit {
    // What cannot be removed now is removed by the next opening.
    if leavesTraces { try? removeTraces() }
    // Before the lock goes: the next opener must find no connection. An error leaves the log for it to replay.
    try? queue.close()
  }

  /// Closes the database and lets go of the directory; afterwards every transaction fails. Dropping the vault does it too.
  ///
  /// - Throws: ``VaultError`` when the database could not be closed; then the directory stays locked.
  package func close() throws(VaultError) {
    do {
      if leavesTraces { try removeTraces() }
      try queue.close()
    } catch { throw VaultError(error) }
    lock.release()
  }

  /// The keyed hash under which a value is found; see ``VaultTransaction/lookup(label:_:)``.
  package func lookup(label: String, _ bytes: [UInt8]) -> FixedBytes<16> {
    keys.lookup(label: label, bytes)
  }
}

// MARK: - Transactions

extension Vault {
  /// Runs `body` in one immediate transaction, which is on the disk when this returns.
  ///
  /// - Throws: ``VaultError``, or what `body` throws; then nothing was changed, except when the gate's `didCommit` threw.
  package func write<Result: ~Copyable>(_ body: (VaultTransaction) throws -> Result) throws -> Result {
    var result: Result?
    try onQueue { database in
      try commit(database, { result = try body($0) }, afterCommit: {})
    }
    guard let result = result.take() else { preconditionFailure("a transaction that committed has run its body") }
    return result
  }

  /// Runs `body` on a snapshot; it can change nothing.
  ///
  /// - Throws: ``VaultError``, or what `body` throws.
  package func read<Result: ~Copyable>(_ body: (VaultReader) throws -> Result) throws -> Result {
    var result: Result?
    // Without PRAGMA query_only, which makes SQLite prepare every statement anew: the transaction refuses changes itself.
    try onQueue { database in
      if database.isInsideTransaction {
        try running.transaction?.writeChanges(of: .changing)
        return result = try body(transaction(database, isReadOnly: true))
      }
      try database.inTransaction(.deferred) {
        result = try body(transaction(database, isReadOnly: true))
        return .commit
      }
    }
    guard let result = result.take() else { preconditionFailure("a read that returned has run its body") }
    return result
  }

  /// Runs `body` with the only connection, outside of a transaction.
  func onQueue(_ body: (Database) throws -> Void) throws {
    do {
      try queue.unsafeReentrantWrite(body)
    } catch let error as DatabaseError { throw VaultError(error) }
  }

  /// One numbered write transaction.
  ///
  /// - Parameter afterCommit: runs as soon as the transaction is durable, before the gate hears of it.
  func commit(
    _ database: Database, _ body: (VaultTransaction) throws -> Void, afterCommit: () -> Void
  ) throws {
    if database.isInsideTransaction { return try join(database, body) }
    let number = writeCount.wrappingAdd(1, ordering: .relaxed).newValue
    try database.inTransaction(.immediate) {
      try run(database, body)
      try commitGate?.willCommit(number)
      return .commit
    }
    afterCommit()
    try commitGate?.didCommit(number)
  }

  /// Runs `body` with a transaction of its own, and writes what that has put off.
  func run(_ database: Database, _ body: (VaultTransaction) throws -> Void) throws {
    let outer = running.transaction
    let transaction = transaction(database)
    running.transaction = transaction
    defer { running.transaction = outer }
    try body(transaction)
    try transaction.writeChanges(of: .changing)
  }

  /// Another transaction is about to begin inside the one that is under way. What that keeps may change now; what it has put
  /// off must not be dropped with the other one.
  func interrupt() throws { try running.transaction?.forgetKeptRows() }

  func transaction(_ database: Database, isReadOnly: Bool = false) -> VaultTransaction {
    VaultTransaction(
      database: database, keys: keys, root: root, randomness: randomness, isReadOnly: isReadOnly)
  }
}

/// The innermost write transaction that is under way.
private final class RunningTransaction: @unchecked Sendable {  // Used only by whoever has the connection.
  var transaction: VaultTransaction?
}
