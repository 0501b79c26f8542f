/// Matches answers with requests by their ids, and knows when to give up. Pure: no clock, no network.
///
/// `Instant` is whatever counts time for the caller; `Waiter` is what is told about the answer, exactly once.
struct RequestTable<Waiter, Instant: Comparable & Sendable> {
  private var waiting: [UInt64: (waiter: Waiter, deadline: Instant)] = [:]
  private var lastID: UInt64 = 0

  /// Unanswered requests.
  var count: Int { waiting.count }

  /// The earliest deadline among the unanswered requests.
  var earliestDeadline: Instant? { waiting.values.lazy.map(\.deadline).min() }

  /// Draws the next request id. Ids ascend from 1 and never repeat on a connection.
  mutating func makeID() -> UInt64 {
    lastID += 1
    return lastID
  }

  /// Keeps the waiter of request `id`.
  mutating func add(_ waiter: Waiter, id: UInt64, deadline: Instant) {
    waiting[id] = (waiter, deadline)
  }

  /// Whether request `id` is still unanswered.
  func isWaiting(_ id: UInt64) -> Bool { waiting[id] != nil }

  /// Takes the waiter that request `id` has, if it is still unanswered. A late answer finds none and is dropped.
  mutating func take(_ id: UInt64) -> Waiter? { waiting.removeValue(forKey: id)?.waiter }

  /// Whether `id` was ever given out: an answer to another id breaks the protocol.
  func wasIssued(_ id: UInt64) -> Bool { id >= 1 && id <= lastID }

  /// Takes the waiters whose deadline is `now` or before.
  mutating func takeOverdue(at now: Instant) -> [Waiter] {
    let overdue = waiting.filter { $0.value.deadline <= now }.keys
    return overdue.compactMap { take($0) }
  }

  /// Takes all waiters: the connection is gone.
  mutating func takeAll() -> [Waiter] {
    defer { waiting = [:] }
    return waiting.values.map(\.waiter)
  }
}
