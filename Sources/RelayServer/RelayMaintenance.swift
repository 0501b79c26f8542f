package import Ambient
import ByteLayout
import Dispatch
import Foundation
import RelayBlobs
import RelayCore
import RelaySigning
import RelayStore
import RelayWire
import Synchronization
import Verification

/// What an operator does with a relay's data folder beside serving from it.
///
/// Checking, counting and copying only read, and may be done while a relay runs; the rest needs the folder for itself.
package enum RelayMaintenance {
  /// Verifies the store.
  ///
  /// - Returns: what is wrong, a line each; empty: nothing.
  package static func check(folder: String, clock: any WallClock) throws(RelayDataError) -> [String] {
    let key = FileManager.default.fileExists(atPath: folder + "/relay.key") ? try signingKey(folder) : nil
    var problems: [String] = []
    do throws(StoreError) {
      problems = try StoreCheck.run(
        directory: folder, relayKey: key.map { RelayKey($0.verifyingKey.bytes) }, now: clock.now())
    } catch { throw RelayDataError(error, folder: folder) }
    do throws(BlobStoreError) { problems += try BlobMaintenance.check(path: RelayData.blobs(folder)) } catch {
      throw .cannotWrite(folder: folder)
    }
    if key == nil { problems.append("relay.key is missing: nodes pin it, so restore it from your copy") }
    return problems
  }

  /// Counts what the store holds, all mailboxes together.
  ///
  /// - Returns: names and values, in the order in which to show them.
  package static func statistics(
    folder: String, clock: any WallClock
  ) throws(RelayDataError) -> [(name: String, value: String)] {
    let statistics: StoreStatistics
    do throws(StoreError) { statistics = try StoreStatistics(directory: folder) } catch {
      throw RelayDataError(error, folder: folder)
    }
    let blobs: BlobMaintenance.Statistics
    do throws(BlobStoreError) { blobs = try BlobMaintenance.statistics(path: RelayData.blobs(folder)) } catch {
      throw .cannotWrite(folder: folder)
    }
    let lag = statistics.trustedTime.map { "\(max(0, clock.now().seconds - $0)) s" } ?? "not known yet"
    return [
      ("mailboxes", "\(statistics.mailboxes)"), ("envelopes", "\(statistics.envelopes)"),
      ("envelope bytes", "\(statistics.envelopeBytes)"), ("gaps", "\(statistics.gaps)"),
      ("remembered ids", "\(statistics.settled)"), ("admission entries", "\(statistics.admissionEntries)"),
      ("one-time items", "\(statistics.oneTimeItems)"), ("collected", "\(statistics.collected)"),
      ("closing mailboxes", "\(statistics.closedMailboxes)"), ("blobs", "\(blobs.finished)"),
      ("blob bytes", "\(blobs.finishedByteCount)"), ("unfinished blobs", "\(blobs.unfinished)"),
      ("unfinished blob bytes", "\(blobs.unfinishedByteCount)"), ("file bytes", "\(statistics.fileBytes)"),
      ("free bytes", "\(statistics.freeBytes)"), ("log bytes", "\(statistics.logBytes)"), ("clock lag", lag),
    ]
  }

  /// Copies the store to a new file, and then the finished blobs to a new folder beside it, `FILE.blobs`.
  ///
  /// In this order, so that the files of the messages in the copy are in it.
  package static func backUp(folder: String, to file: String) throws(RelayDataError) {
    let isNew: Bool
    do throws(StoreError) { isNew = try StoreBackup.run(directory: folder, to: file) } catch {
      throw error == .unavailable ? .cannotWrite(folder: file) : RelayDataError(error, folder: folder)
    }
    guard isNew else { throw .exists(file: file) }
    let blobsAreNew: Bool
    do throws(BlobStoreError) {
      blobsAreNew = try BlobMaintenance.backUp(path: RelayData.blobs(folder), to: file + ".blobs")
    } catch { throw .cannotWrite(folder: file + ".blobs") }
    guard blobsAreNew else { throw .exists(file: file + ".blobs") }
  }

  /// Deletes what has expired by this machine's clock, and optionally gives free room back to the disk.
  package static func prune(folder: String, clock: any WallClock, compacts: Bool) throws(RelayDataError) {
    try withStore(folder, clock) { store throws(StoreError) in
      try wait { store.trustWallClock(completion: $0) }
      try wait { store.removeExpired(completion: $0) }
      do throws(BlobStoreError) {
        try BlobStore(
          path: RelayData.blobs(folder), clock: clock, expiryClock: clock
        ).removeAllExpired()
      } catch { throw .unavailable }
      if compacts { try wait { store.compact(completion: $0) } }
    }
  }

  /// Deletes a mailbox and everything in it.
  ///
  /// - Parameter mailbox: 64 hexadecimal digits.
  package static func drop(
    mailbox: String, folder: String, clock: any WallClock
  ) throws(RelayDataError) {
    guard let bytes = try? Hexadecimal.decode(mailbox), let id = try? FixedBytes<32>(bytes) else {
      throw .notAMailbox
    }
    try withStore(folder, clock) { store throws(StoreError) in
      try wait { store.closeMailbox(MailboxID(id), completion: $0) }
      try wait { store.removeExpired(completion: $0) }
    }
  }

  private static func signingKey(_ folder: String) throws(RelayDataError) -> RelaySigningKey {
    do throws(RelaySigningError) { return try RelaySigningKey(directory: folder) } catch {
      switch error {
      case .damaged, .signing: throw .damaged(folder: folder)
      case .file: throw .cannotWrite(folder: folder)
      }
    }
  }

  /// Opens the store that must be there, and shuts it down again.
  private static func withStore(
    _ folder: String, _ clock: any WallClock, _ body: (SQLiteMailboxStore) throws(StoreError) -> Void
  ) throws(RelayDataError) {
    for name in ["relay.sqlite", "relay.key"] where !FileManager.default.fileExists(atPath: folder + "/" + name) {
      throw .missing(folder: folder)
    }
    let signer = StoreSigner(key: try signingKey(folder))
    do throws(StoreError) {
      let store = try SQLiteMailboxStore(directory: folder, signer: signer, clock: clock)
      defer {
        let done = DispatchSemaphore(value: 0)
        store.shutDown { done.signal() }
        done.wait()
      }
      try body(store)
    } catch { throw RelayDataError(error, folder: folder) }
  }

  /// Waits for the store, on a thread that has nothing else to do.
  private static func wait(_ start: (@escaping StoreCompletion<Void>) -> Void) throws(StoreError) {
    let done = DispatchSemaphore(value: 0)
    let outcome = Mutex<Result<Void, StoreError>>(.failure(.unavailable))
    start { result in
      outcome.withLock { $0 = result }
      done.signal()
    }
    done.wait()
    try outcome.withLock { $0 }.get()
  }
}

extension RelayDataError {
  init(_ error: StoreError, folder: String) {
    switch error {
    case .inUse: self = .inUse(folder: folder, processID: ProcessFile.read(in: folder))
    case .damaged: self = .damaged(folder: folder)
    case .missing: self = .missing(folder: folder)
    case .otherVersion: self = .otherVersion(folder: folder)
    case .tokensUnreadable: self = .tokensUnreadable(file: folder + "/relay.tokens")
    case .noSuchMailbox: self = .noSuchMailbox
    case .unavailable: self = .cannotWrite(folder: folder)
    }
  }
}
