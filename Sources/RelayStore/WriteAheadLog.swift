import GRDB
import GRDBSQLite
import Synchronization

/// Keeps the write-ahead log small without letting a commit wait for it (Protocol §2).
///
/// From ``StoreTuning/checkpointPages`` on, a PASSIVE checkpoint on the second connection copies pages into the database
/// while the writer goes on. It cannot catch up with a busy writer, and the log starts anew only when everything in it
/// is copied: so one PASSIVE on the writer, between two groups, does the short rest. Should the log reach
/// ``StoreTuning/backstopPages`` all the same, the writer does it all.
final class WriteAheadLog: Sendable {
  private enum Phase {
    case idle
    case running
    case finishing
  }

  private struct State {
    var phase = Phase.idle
    /// Frames written since the log was last copied whole. May be too high, never too low.
    var frames = 0
  }

  private let checkpointer: DatabaseQueue
  private let tuning: StoreTuning
  private let state = Mutex(State())

  init(database: StoreDatabase, tuning: StoreTuning) {
    checkpointer = database.checkpointer
    self.tuning = tuning
  }

  /// Called by the writer after every group, outside a transaction.
  func betweenGroups(_ writer: Database) {
    let written = Self.takeWrittenPages(writer)
    let (begins, finishes) = state.withLock { state in
      state.frames += written
      guard state.frames >= tuning.checkpointPages else { return (false, false) }
      if state.phase == .finishing || state.frames >= tuning.backstopPages { return (false, true) }
      guard state.phase == .idle else { return (false, false) }
      state.phase = .running
      return (true, false)
    }
    if begins { begin() }
    if finishes { finish(writer) }
  }

  private func begin() {
    checkpointer.asyncWriteWithoutTransaction { database in
      // A failure leaves the log longer, nothing else; the writer's own checkpoint is the next chance.
      _ = try? database.checkpoint(.passive)
      self.state.withLock { $0.phase = .finishing }
    }
  }

  private func finish(_ writer: Database) {
    // Busy (the other connection still copies) or failing: the log is still there, and the next group tries again.
    let result = try? writer.checkpoint(.passive)
    state.withLock { state in
      if state.phase == .finishing { state.phase = .idle }
      if let result, result.walFrameCount == result.checkpointedFrameCount { state.frames = 0 }
    }
  }

  /// Copies everything and cuts the log to nothing, so that what was deleted is not left in it either.
  ///
  /// Called by the writer after a sweep, once a minute, and at the end. A reader that is just at work prevents it; then the
  /// next sweep does it, or the log's starting anew.
  func empty(_ writer: Database) {
    guard (try? writer.checkpoint(.truncate)) != nil else { return }
    state.withLock { $0.frames = 0 }
  }

  /// Pages that this connection has written into the log since the last call.
  private static func takeWrittenPages(_ writer: Database) -> Int {
    var current: CInt = 0
    var highest: CInt = 0
    let code = sqlite3_db_status(writer.sqliteConnection, SQLITE_DBSTATUS_CACHE_WRITE, &current, &highest, 1)
    return code == SQLITE_OK ? Int(current) : 0
  }
}
