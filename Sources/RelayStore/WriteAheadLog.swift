import GRDB
import GRDBSQLite
import Synchronization

/// Keeps the write-ahead log of one length without letting a commit wait for it (Protocol §2).
///
/// From ``StoreTuning/checkpointPages`` on, a PASSIVE checkpoint on the second connection copies pages into the database
/// while the writer goes on. It cannot catch up with a busy writer, and the log starts anew only when everything in it
/// is copied: so one PASSIVE on the writer, between two groups, does the short rest. Should the log reach
/// ``StoreTuning/backstopPages`` all the same, the writer does it all.
///
/// The file is never cut while the store is open: a commit that makes it longer waits for the file system's journal as well,
/// and with that for whatever else the disk is to write. What is left behind the end of the log is overwritten with
/// zeros after every sweep (``LogRemains``).
final class WriteAheadLog: Sendable {
  private enum Phase {
    case idle
    case running
    case finishing
  }

  private struct State {
    var phase = Phase.idle
    /// Frames in the log, as SQLite told after the last commit; 0 when all are copied.
    var frames = 0
    /// Frames from which on the next checkpoint begins: behind the last one, should a reader have kept the log from starting anew.
    var next: Int
    var remains: LogRemains
    /// Called when nothing that was deleted is left in the file.
    var erasures: [@Sendable () -> Void] = []
  }

  private let checkpointer: DatabaseQueue
  private let tuning: StoreTuning
  private let state: Mutex<State>

  /// - Parameter path: of the database.
  init(database: StoreDatabase, path: String, tuning: StoreTuning) throws {
    checkpointer = database.checkpointer
    self.tuning = tuning
    let file = try database.pool.writeWithoutTransaction { try LogFile(database: path, $0) }
    state = Mutex(State(next: tuning.checkpointPages, remains: LogRemains(file)))
    database.pool.writeWithoutTransaction { watch($0) }
  }

  /// Lets SQLite tell the length of the log after every commit of the writer. `self` must live as long as it commits.
  private func watch(_ writer: Database) {
    let me = Unmanaged.passUnretained(self).toOpaque()
    sqlite3_wal_hook(
      writer.sqliteConnection,
      { me, _, _, frames in
        guard let me else { return SQLITE_OK }
        Unmanaged<WriteAheadLog>.fromOpaque(me).takeUnretainedValue().reached(Int(frames))
        return SQLITE_OK
      }, me)
  }

  private func reached(_ frames: Int) {
    state.withLock { state in
      if frames < state.frames { state.next = tuning.checkpointPages }
      state.frames = frames
      state.remains.reached(frames)
    }
  }

  /// Called by the writer after every group, outside a transaction.
  func betweenGroups(_ writer: Database) {
    let (begins, finishes) = state.withLock { state in
      guard state.frames >= state.next else { return (false, false) }
      if state.phase == .finishing || state.frames - state.next >= tuning.backstopPages - tuning.checkpointPages {
        return (false, true)
      }
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
      guard let result, result.walFrameCount == result.checkpointedFrameCount else { return }
      // A reader may keep the next commit from starting the log anew. Then it goes on behind this one.
      state.next = state.frames + tuning.checkpointPages
    }
  }

  /// Copies everything, and lets the file be overwritten, so that what was deleted is not left in it either.
  ///
  /// Called by the writer after a sweep, once a minute. A reader that is just at work prevents it; then the next sweep does it.
  ///
  /// - Parameter completion: called when it is done or prevented, at the latest by ``erasePiece(isLive:)``.
  func erase(_ writer: Database, completion: @escaping @Sendable () -> Void) {
    do {
      try writer.checkpoint(.restart)
      try restart(writer)
    } catch {
      // A reader is at work, or the disk cannot write: the log is as it was, and the next sweep tries again.
      return completion()
    }
    state.withLock { state in
      state.remains.wantErasure()
      state.erasures.append(completion)
    }
  }

  /// Commits one page, which nobody reads, since the log starts anew with a commit and not before.
  private func restart(_ writer: Database) throws {
    try writer.inTransaction(.immediate) {
      try writer.execute(sql: "PRAGMA user_version = 0")
      return .commit
    }
  }

  /// Overwrites a piece of what is left behind the log's end, and waits until the disk has it; the writer calls it between groups.
  ///
  /// - Parameter isLive: whether somebody who writes now and then should not wait for it: the piece is small.
  /// - Returns: what to call, since nothing is left; nil: there was nothing to do, or there is more.
  func erasePiece(isLive: Bool) -> (didWork: Bool, completions: [@Sendable () -> Void]) {
    state.withLock { state in
      // A disk that cannot write keeps what is there; the next sweep tries again.
      let didWork = state.remains.erase(frames: isLive ? 16 : 256)
      guard !state.remains.isErasing else { return (didWork, []) }
      defer { state.erasures = [] }
      return (didWork, state.erasures)
    }
  }

  /// Copies everything and cuts the log to nothing, at the end.
  func empty(_ writer: Database) {
    _ = try? writer.checkpoint(.truncate)  // a reader may prevent it: closing the last connection removes the file
  }

  /// What still waits for an erasure, which is not done by this process any more.
  func endErasures() -> [@Sendable () -> Void] {
    state.withLock { state in
      defer { state.erasures = [] }
      return state.erasures
    }
  }
}
