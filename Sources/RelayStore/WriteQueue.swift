import RelayCore

/// One write that waits for its group.
struct WriteJob: Sendable {
  /// How much of a group it fills: its envelopes, at least 1.
  let weight: Int
  /// Whether it may wait for the group of another write (``StoreTuning/patience``).
  var isPatient = false
  /// Does the write inside the group's transaction and returns what to call, with the group's receipts, once it is
  /// durable.
  ///
  /// A refusal (no such mailbox, not admitted) is a result, not an error: what throws fails the whole group.
  let perform: @Sendable (inout WriteContext) throws -> @Sendable (SignedReceipts) -> Void
  /// Called instead, when nothing of the group was stored.
  let fail: @Sendable (StoreError) -> Void
}

/// The writes that wait for their group, in order, and whether somebody is at work on them.
///
/// A value under the writer's lock; does not write, and starts no timer.
struct WriteQueue {
  /// What to do after ``add(_:)`` and ``finishDraining()``.
  enum Next {
    case refuse
    /// Start the drain.
    case start
    /// Call ``endPatience()`` after a while.
    case setTimer
    /// Nothing: a drain or a timer sees to it.
    case wait
    /// The drain is not finished.
    case goOn
  }

  private var waiting: [WriteJob] = []
  /// Index of the first job in ``waiting`` that no group has taken.
  private var next = 0
  /// Jobs that wait and are not patient.
  private var urgent = 0
  /// When the last job came that was not patient.
  private(set) var lastUrgent: ContinuousClock.Instant?
  /// Whether those that are patient have waited long enough.
  private var patienceIsOver = false
  private var hasTimer = false
  private var isDraining = false
  /// Nothing more is taken, and nothing is patient.
  var isClosed = false

  var isEmpty: Bool { next == waiting.count }

  /// Whether something waits that must be written now.
  var isDue: Bool { urgent > 0 || !isEmpty && (patienceIsOver || isClosed) }

  mutating func add(_ job: WriteJob, at time: ContinuousClock.Instant) -> Next {
    guard !isClosed else { return .refuse }
    waiting.append(job)
    if !job.isPatient {
      urgent += 1
      lastUrgent = time
    }
    if isDraining { return .wait }
    return job.isPatient ? needTimer() : startDraining() ? .start : .wait
  }

  /// - Returns: whether a drain must be started now.
  mutating func startDraining() -> Bool {
    defer { isDraining = true }
    return !isDraining
  }

  /// The timer has fired.
  ///
  /// - Returns: whether a drain must be started now.
  mutating func endPatience() -> Bool {
    hasTimer = false
    guard !isEmpty, !isDraining else { return false }
    patienceIsOver = true
    return startDraining()
  }

  /// Takes what makes the next group: at least one job, if one is due, and no more than fill `maximum`.
  mutating func takeGroup(maximum: Int) -> (jobs: [WriteJob], weight: Int) {
    guard isDue else { return ([], 0) }
    var end = next
    var weight = 0
    while end < waiting.count {
      let job = waiting[end]
      if end > next, weight + job.weight > maximum { break }
      weight += job.weight
      if !job.isPatient { urgent -= 1 }
      end += 1
    }
    let group = Array(waiting[next..<end])
    next = end
    if end == waiting.count {
      waiting.removeAll(keepingCapacity: end <= 1_024)
      (next, patienceIsOver) = (0, false)
    } else if end >= 1_024 {
      waiting.removeFirst(end)
      next = 0
    }
    return (group, weight)
  }

  /// Ends the drain, unless something is due.
  mutating func finishDraining() -> Next {
    if isDue { return .goOn }
    isDraining = false
    return isEmpty ? .wait : needTimer()
  }

  private mutating func needTimer() -> Next {
    defer { hasTimer = true }
    return hasTimer ? .wait : .setTimer
  }
}
