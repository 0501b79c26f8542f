import Ambient
import Dispatch
import GRDB
import RelayCore
import RelayWire
import Synchronization

/// What may wait: deleting what was acknowledged, what expired, and what closed mailboxes left, in small transactions
/// between the groups of the writer.
///
/// What was acknowledged is gathered for a while, so that one transaction serves many mailboxes.
final class LazyWork: Sendable {
  private struct State {
    /// Mailboxes whose cursor is ahead of what has been deleted, in the order in which they came.
    var settling: [MailboxID] = []
    var isSettling: Set<MailboxID> = []
    /// Envelopes that were acknowledged since the last of ``settling`` was done.
    var acknowledged: UInt64 = 0
    /// Whether ``settling`` has waited long enough, or there is enough of it.
    var isDue = false
    var hasTimer = false
    var hasClosedMailboxes = false
    var sweeps: [StoreCompletion<Void>] = []
  }

  private enum Task {
    case settle([MailboxID])
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

  /// Envelopes that are deleted between two looks at who waits.
  private static let piece: UInt64 = 64
  /// Envelopes that one transaction deletes while somebody writes: half a millisecond, and as long for their COMMIT.
  private static let livePiece: UInt64 = 16

  private let batch: UInt64
  private let delay: Duration
  private let expiry: ExpiryTime
  private let state: Mutex<State>

  /// Takes up what a process that ended before left undone.
  init(database: StoreDatabase, tuning: StoreTuning, expiry: ExpiryTime) throws {
    batch = UInt64(max(1, tuning.lazyBatch))
    delay = tuning.lazyDelay
    self.expiry = expiry
    var state = State()
    try database.pool.read { database in
      for row in try Row.fetchAll(database, sql: "SELECT id FROM mailbox WHERE settled < acknowledged") {
        state.settling.append(MailboxID(try row.fixed(0)))
      }
      state.hasClosedMailboxes = try database.firstRow("SELECT 1 FROM closed_mailbox LIMIT 1") != nil
    }
    state.isSettling = Set(state.settling)
    state.isDue = !state.settling.isEmpty
    self.state = Mutex(state)
  }

  /// The cursor of `mailbox` has moved over `count` envelopes. Calls `wake` now or later, when there is something to do.
  func acknowledged(_ mailbox: MailboxID, count: UInt64, wake: @escaping @Sendable () -> Void) {
    let (isDue, needsTimer) = state.withLock { state in
      if state.isSettling.insert(mailbox).inserted { state.settling.append(mailbox) }
      state.acknowledged += count
      if state.acknowledged >= batch || delay <= .zero { state.isDue = true }
      guard !state.isDue, !state.hasTimer else { return (state.isDue, false) }
      state.hasTimer = true
      return (false, true)
    }
    if isDue { return wake() }
    guard needsTimer else { return }
    DispatchQueue.global().asyncAfter(deadline: .now() + delay / .seconds(1)) { [self] in
      state.withLock { state in
        state.hasTimer = false
        state.isDue = true
      }
      wake()
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

  /// Does one transaction's work.
  ///
  /// - Parameters:
  ///   - minimum: how many acknowledged envelopes it deletes, if there are so many …
  ///   - isQuiet: … and more as long as this is true, at most four batches …
  ///   - isLive: … or, while somebody writes now and then, so few that who comes next hardly waits for their COMMIT.
  func step(
    atLeast minimum: UInt64, while isQuiet: @escaping () -> Bool, isLive: Bool, _ transaction: Transaction
  ) -> Outcome {
    switch next() {
    case nil: return .nothingToDo
    case .settle(let mailboxes):
      settle(mailboxes, minimum...max(minimum, isLive ? Self.livePiece : 4 * batch), while: isQuiet, transaction)
      return .worked
    case .clearClosedMailbox:
      clearClosedMailbox(transaction)
      return .worked
    case .sweep: return sweep(transaction)
    }
  }

  private func next() -> Task? {
    state.withLock { state in
      if state.isDue || !state.sweeps.isEmpty, !state.settling.isEmpty {
        return .settle(Array(state.settling.prefix(Int(batch))))
      }
      if state.hasClosedMailboxes { return .clearClosedMailbox }
      return state.sweeps.isEmpty ? nil : .sweep
    }
  }

  /// Settles the first of `ids`: as many envelopes as the lower bound, and up to the upper one while it is quiet.
  private func settle(
    _ ids: [MailboxID], _ bounds: ClosedRange<UInt64>, while isQuiet: @escaping () -> Bool, _ transaction: Transaction
  ) {
    var seen = 0
    var unfinished: [MailboxID] = []
    do {
      try transaction { context in
        var count: UInt64 = 0
        var goesOn: Bool { count < bounds.lowerBound || count < bounds.upperBound && isQuiet() }
        for id in ids where goesOn {
          seen += 1
          guard var mailbox = try context.mailboxes.state(of: id, context.database) else { continue }
          repeat {
            let settled = mailbox.settled
            try LazyDeletion.settle(
              &mailbox, batch: min(Self.piece, batch, bounds.upperBound), now: context.seconds,
              expiry: UInt64(clamping: expiry.now().seconds), context.database)
            count += mailbox.settled - settled
          } while mailbox.settled < mailbox.acknowledged && goesOn
          context.mailboxes.change(mailbox)
          if mailbox.settled < mailbox.acknowledged { unfinished.append(id) }
        }
      }
    } catch {
      // A store that cannot write now tries again when these mailboxes acknowledge, or at the next start.
      unfinished = []
    }
    state.withLock { state in
      // Taken from the front and, if there is more, put behind the others, so that none waits for a long one.
      state.settling.removeFirst(min(seen, state.settling.count))
      state.isSettling.subtract(ids.prefix(seen))
      state.settling.append(contentsOf: unfinished)
      state.isSettling.formUnion(unfinished)
      if state.settling.isEmpty { (state.acknowledged, state.isDue) = (0, false) }
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
