import Ambient
import GRDB
import RelayCore
import RelayWire
import Synchronization

/// What may wait: deleting what was acknowledged, what expired, and what closed mailboxes left, in small transactions
/// between the groups of the writer.
final class LazyWork: Sendable {
  private struct State {
    /// Mailboxes whose cursor is ahead of what has been deleted, in the order in which they came.
    var settling: [MailboxID] = []
    var isSettling: Set<MailboxID> = []
    var hasClosedMailboxes = false
    var sweeps: [StoreCompletion<Void>] = []
  }

  private enum Task {
    case settle(MailboxID)
    case clearClosedMailbox
    case sweep
  }

  /// What one step came to.
  enum Outcome {
    case nothingToDo
    case worked
    /// A sweep found nothing more. Call `finish` once the log is emptied as well.
    case swept(finish: @Sendable () -> Void)
  }

  /// How a step gets its transaction.
  typealias Transaction = ((inout WriteContext) throws -> Void) throws -> Void

  private let batch: UInt64
  private let expiry: ExpiryTime
  private let state: Mutex<State>

  /// Takes up what a process that ended before left undone.
  init(database: StoreDatabase, tuning: StoreTuning, expiry: ExpiryTime) throws {
    batch = tuning.lazyBatch
    self.expiry = expiry
    var state = State()
    try database.pool.read { database in
      for row in try Row.fetchAll(database, sql: "SELECT id FROM mailbox WHERE settled < acknowledged") {
        state.settling.append(MailboxID(try row.fixed(0)))
      }
      state.hasClosedMailboxes = try database.firstRow("SELECT 1 FROM closed_mailbox LIMIT 1") != nil
    }
    state.isSettling = Set(state.settling)
    self.state = Mutex(state)
  }

  /// The cursor of `mailbox` has moved.
  func acknowledged(_ mailbox: MailboxID) {
    state.withLock { state in
      if state.isSettling.insert(mailbox).inserted { state.settling.append(mailbox) }
    }
  }

  /// A mailbox was closed; its envelopes are still there.
  func closedMailbox() { state.withLock { $0.hasClosedMailboxes = true } }

  /// Wants everything expired removed.
  func sweep(_ completion: @escaping StoreCompletion<Void>) {
    state.withLock { $0.sweeps.append(completion) }
  }

  /// Nothing will be done any more; whoever waits for a sweep hears so.
  func close() {
    let completions = state.withLock { state in
      defer { state.sweeps = [] }
      return state.sweeps
    }
    for completion in completions { completion(.failure(.unavailable)) }
  }

  /// Does one small piece of work.
  func step(_ transaction: Transaction) -> Outcome {
    switch next() {
    case nil: return .nothingToDo
    case .settle(let mailbox):
      settle(mailbox, transaction)
      return .worked
    case .clearClosedMailbox:
      clearClosedMailbox(transaction)
      return .worked
    case .sweep: return sweep(transaction)
    }
  }

  private func next() -> Task? {
    state.withLock { state in
      if let mailbox = state.settling.first { return .settle(mailbox) }
      if state.hasClosedMailboxes { return .clearClosedMailbox }
      return state.sweeps.isEmpty ? nil : .sweep
    }
  }

  private func settle(_ id: MailboxID, _ transaction: Transaction) {
    var isDone = true
    do {
      try transaction { context in
        guard var mailbox = try context.mailboxes.state(of: id, context.database) else { return }
        try LazyDeletion.settle(
          &mailbox, batch: batch, now: context.seconds, expiry: UInt64(clamping: expiry.now().seconds),
          context.database)
        context.mailboxes.change(mailbox)
        isDone = mailbox.settled >= mailbox.acknowledged
      }
    } catch {
      // A store that cannot write now tries again when this mailbox acknowledges, or at the next start.
      isDone = true
    }
    state.withLock { state in
      // Taken from the front and, if there is more, put behind the others, so that none waits for a long one.
      if state.settling.first == id { state.settling.removeFirst() }
      if isDone { state.isSettling.remove(id) } else { state.settling.append(id) }
    }
  }

  private func clearClosedMailbox(_ transaction: Transaction) {
    var isDone = true
    do {
      try transaction { isDone = try !LazyDeletion.clearClosedMailbox(batch: batch, $0.database) }
    } catch { isDone = true }  // again at the next start
    if isDone { state.withLock { $0.hasClosedMailboxes = false } }
  }

  private func sweep(_ transaction: Transaction) -> Outcome {
    var result: Result<Void, StoreError>? = .success(())
    do {
      try transaction { context in
        let removed = try LazyDeletion.removeExpired(batch: batch, time: expiry.now(), &context)
        if removed > 0 { result = nil } else { try expiry.advance(context.database) }
      }
    } catch { result = .failure(StoreError(error)) }
    guard let result else { return .worked }
    let completions = state.withLock { state in
      defer { state.sweeps = [] }
      return state.sweeps
    }
    return .swept { for completion in completions { completion(result) } }
  }
}
