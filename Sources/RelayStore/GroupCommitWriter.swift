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

/// One write that waits for its group.
struct WriteJob: Sendable {
  /// How much of a group it fills: its envelopes, at least 1.
  let weight: Int
  /// Does the write inside the group's transaction and returns what to call, with the group's receipts, once it is
  /// durable.
  ///
  /// A refusal (no such mailbox, not admitted) is a result, not an error: what throws fails the whole group.
  let perform: @Sendable (inout WriteContext) throws -> @Sendable (SignedReceipts) -> Void
  /// Called instead, when nothing of the group was stored.
  let fail: @Sendable (StoreError) -> Void
}

/// Commits writes in groups on the one writing connection: whatever waits when the last COMMIT returned makes the next
/// group, at most 64 envelopes. A lone write never waits for company, and a busy store fills its groups by itself.
///
/// No completion is called before its COMMIT has returned, and with `synchronous=FULL` that is after the fsync (R1). Only
/// then is the group signed as well: no signature ever says "stored" of what a power cut could still take. While a group
/// is signed and answered, the next one is written.
/// Between groups it lets ``LazyWork`` delete and ``WriteAheadLog`` checkpoint.
final class GroupCommitWriter: Sendable {
  private struct Queue {
    var waiting: [WriteJob] = []
    /// Index of the first job in `waiting` that no group has taken.
    var next = 0
    var isDraining = false
    var isClosed = false
  }

  private let pool: DatabasePool
  private let signer: any RelaySigner
  private let clock: any WallClock
  private let tuning: StoreTuning
  private let log: WriteAheadLog
  private let lazyWork: LazyWork
  /// Where groups are signed and completions called, in the order of the groups.
  private let answers = DispatchQueue(label: "sotto.relay.answers")
  private let queue = Mutex(Queue())
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
    let (isAccepted, starts) = queue.withLock { queue in
      guard !queue.isClosed else { return (false, false) }
      queue.waiting.append(job)
      defer { queue.isDraining = true }
      return (true, !queue.isDraining)
    }
    guard isAccepted else { return job.fail(.unavailable) }
    if starts { start() }
  }

  /// Looks for lazy work, even if nothing is written.
  func wake() {
    let starts = queue.withLock { queue in
      guard !queue.isClosed else { return false }
      defer { queue.isDraining = true }
      return !queue.isDraining
    }
    if starts { start() }
  }

  /// Waits until everything that was written is answered. After ``close()`` and the last drain that is for good.
  func finish() { answers.sync {} }

  /// Refuses every later write; what waits is still done.
  func close() { queue.withLock { $0.isClosed = true } }

  private var isClosed: Bool { queue.withLock { $0.isClosed } }

  private func start() { pool.asyncWriteWithoutTransaction { self.drain($0) } }

  private func drain(_ database: Database) {
    var groupsSinceLazyStep = 0
    while true {
      let group = takeGroup()
      if group.isEmpty {
        log.betweenGroups(database)
        if !isClosed, step(database) { continue }
        if finishDraining() { return }
        continue
      }
      commit(group, database)
      log.betweenGroups(database)
      groupsSinceLazyStep += 1
      // Under steady load deletion must still keep up with what is stored.
      if groupsSinceLazyStep >= 4 {
        groupsSinceLazyStep = 0
        _ = step(database)
      }
    }
  }

  private func takeGroup() -> [WriteJob] {
    queue.withLock { queue in
      var end = queue.next
      var weight = 0
      while end < queue.waiting.count {
        weight += queue.waiting[end].weight
        if end > queue.next, weight > tuning.maximumGroup { break }
        end += 1
      }
      let group = Array(queue.waiting[queue.next..<end])
      queue.next = end
      if end == queue.waiting.count {
        queue.waiting.removeAll(keepingCapacity: end <= 1_024)
        queue.next = 0
      } else if end >= 1_024 {
        queue.waiting.removeFirst(end)
        queue.next = 0
      }
      return group
    }
  }

  /// Ends the drain unless a job came in the meantime.
  private func finishDraining() -> Bool {
    queue.withLock { queue in
      guard queue.waiting.isEmpty else { return false }
      queue.isDraining = false
      return true
    }
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
    if queue.withLock({ $0.next < $0.waiting.count }) {
      answers.async(execute: body)
    } else {
      answers.sync(execute: body)
    }
  }

  /// One step of lazy deletion.
  ///
  /// - Returns: whether there may be more to do.
  private func step(_ database: Database) -> Bool {
    switch lazyWork.step({ body in try transaction(database, at: clock.now(), body) }) {
    case .nothingToDo: return false
    case .worked: return true
    case .swept(let finish):
      log.empty(database)
      answer(finish)
      return true
    }
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
