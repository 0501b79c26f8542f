import Ambient
import Dispatch
import GRDB
import RelayCore
import Synchronization

/// What a write sees: the writer's connection inside its transaction, the mailboxes it knows, and the group's time.
struct WriteContext {
  let database: Database
  let statements: PutStatements
  var mailboxes: MailboxCache
  let now: WallTime
  /// What the group stores, for its one signature.
  var receipts = ReceiptGroup()

  /// Unix seconds.
  var seconds: UInt64 { UInt64(clamping: now.seconds) }
}

/// Commits writes in groups on the one writing connection: whatever waits when the last COMMIT returned makes the next
/// group, at most 64 envelopes. No put waits for company (Docs/Performance.md): it would be slower.
///
/// No completion is called before its COMMIT has returned, and with `synchronous=FULL` that is after the fsync (R1). Only
/// then is the group signed as well: no signature ever says "stored" of what a power cut could still take. While a group
/// is signed and answered, the next one is written.
/// Between groups it lets ``LazyWork`` delete and ``WriteAheadLog`` checkpoint.
final class GroupCommitWriter: Sendable {
  private let pool: DatabasePool
  private let signer: any RelaySigner
  private let clock: any WallClock
  private let tuning: StoreTuning
  private let log: WriteAheadLog
  private let lazyWork: LazyWork
  /// Where groups are signed and completions called, in the order of the groups.
  private let answers = DispatchQueue(label: "sotto.relay.answers")
  private let queue = Mutex(WriteQueue())
  private let mailboxes = Mutex(MailboxCache())

  init(
    database: StoreDatabase, signer: any RelaySigner, clock: any WallClock, tuning: StoreTuning, log: WriteAheadLog,
    lazyWork: LazyWork
  ) {
    self.pool = database.pool
    self.signer = signer
    self.clock = clock
    self.tuning = tuning
    self.log = log
    self.lazyWork = lazyWork
  }

  /// Queues a write. Jobs are performed, and completed, in this order.
  func submit(_ job: WriteJob) {
    let next = queue.withLock { $0.add(job, at: .now) }
    switch next {
    case .refuse: job.fail(.unavailable)
    case .start: start()
    case .setTimer: setTimer()
    case .wait, .goOn: break
    }
  }

  /// Ends the patience of what waits now.
  private func setTimer() {
    answers.asyncAfter(deadline: .now() + tuning.patience / .seconds(1)) { [self] in
      if queue.withLock({ $0.endPatience() }) { start() }
    }
  }

  /// Looks for lazy work, even if nothing is written.
  func wake() {
    if queue.withLock({ !$0.isClosed && $0.startDraining() }) { start() }
  }

  /// Waits until everything that was written is answered. After ``close()`` and the last drain that is for good.
  func finish() { answers.sync {} }

  /// Refuses every later write; what waits is still done.
  func close() {
    let starts = queue.withLock { queue in
      queue.isClosed = true
      return !queue.isEmpty && queue.startDraining()
    }
    if starts { start() }
  }

  private var isClosed: Bool { queue.withLock { $0.isClosed } }

  private func start() { pool.asyncWriteWithoutTransaction { self.drain($0) } }

  private func drain(_ database: Database) {
    var weightSinceLazyStep = 0
    while true {
      let (group, weight) = queue.withLock { $0.takeGroup(maximum: tuning.maximumGroup) }
      if group.isEmpty {
        log.betweenGroups(database)
        if !isClosed, step(database) || eraseLog() { continue }
        if finishDraining() { return }
        continue
      }
      commit(group, database)
      log.betweenGroups(database)
      weightSinceLazyStep += weight
      // Under steady load deletion must still keep up with what is stored.
      if weightSinceLazyStep >= tuning.maximumGroup {
        _ = step(database, atLeast: weightSinceLazyStep)
        _ = eraseLog()
        weightSinceLazyStep = 0
      }
    }
  }

  /// Ends the drain unless a job came in the meantime that is due.
  private func finishDraining() -> Bool {
    let end = queue.withLock { $0.finishDraining() }
    if end == .setTimer { setTimer() }
    return end != .goOn
  }

  private func commit(_ group: [WriteJob], _ database: Database) {
    var completions: [@Sendable (SignedReceipts) -> Void] = []
    completions.reserveCapacity(group.count)
    var receipts = ReceiptGroup()
    let now = clock.now()
    let began = ContinuousClock.now
    do {
      try transaction(database, at: now) { context in
        for job in group { completions.append(try job.perform(&context)) }
        receipts = context.receipts
      }
    } catch {
      tuning.afterCommit?(group.count, ContinuousClock.now - began, false)
      let reason = StoreError(error)
      return answer { for job in group { job.fail(reason) } }
    }
    tuning.afterCommit?(group.count, ContinuousClock.now - began, true)
    answer { [signer, completions, receipts] in
      let signed = receipts.signed(by: signer, at: UInt64(clamping: now.seconds))
      for completion in completions { completion(signed) }
    }
  }

  /// Signs and completes behind what was answered before: beside the next group if one waits already, else at once.
  private func answer(_ body: @escaping @Sendable () -> Void) {
    if queue.withLock({ !$0.isEmpty }) {
      answers.async(execute: body)
    } else {
      answers.sync(execute: body)
    }
  }

  /// One step of lazy deletion: at least so many envelopes, and more while nobody waits.
  ///
  /// - Returns: whether there may be more to do.
  private func step(_ database: Database, atLeast minimum: Int = 1) -> Bool {
    let isQuiet = { [self] in queue.withLock { !$0.isDue } }
    let outcome = lazyWork.step(atLeast: UInt64(minimum), while: isQuiet, isLive: isLive) { body in
      try transaction(database, at: clock.now(), body)
    }
    switch outcome {
    case .nothingToDo: return false
    case .worked: return true
    case .swept(let finish):
      log.erase(database) { [self] in answer(finish) }
      return true
    }
  }

  /// Whether somebody wrote a moment ago, and may again.
  private var isLive: Bool {
    queue.withLock { $0.lastUrgent }.map { ContinuousClock.now - $0 < tuning.liveTime } ?? false
  }

  /// Erases a piece of what is left behind the log's end.
  ///
  /// - Returns: whether there may be more to do.
  private func eraseLog() -> Bool {
    let (didWork, completions) = log.erasePiece(isLive: isLive)
    for completion in completions { completion() }
    return didWork
  }

  /// One transaction with the writer's mailboxes; when it fails they are read again.
  private func transaction(
    _ database: Database, at now: WallTime, _ body: (inout WriteContext) throws -> Void
  ) throws {
    // Taken out and put back, so that the dictionaries have one owner and are not copied.
    let taken = mailboxes.withLock { mailboxes in
      let taken = mailboxes
      mailboxes = MailboxCache()
      return taken
    }
    var context = WriteContext(
      database: database, statements: try PutStatements(database), mailboxes: taken, now: now)
    try database.inTransaction(.immediate) {
      try body(&context)
      try context.mailboxes.flush(context.statements)
      try tuning.beforeCommit?()
      return .commit
    }
    let kept = context.mailboxes
    mailboxes.withLock { $0 = kept }
  }
}
