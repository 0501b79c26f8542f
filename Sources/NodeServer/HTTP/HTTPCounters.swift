import Synchronization

/// What the listener counts, and what bounds it.
final class HTTPCounters: Sendable {
  private struct State {
    var connections = 0
    var inFlight = 0
    var answers: [Int: Int] = [:]
  }

  private let state = Mutex(State())

  /// Connections at this moment.
  var connections: Int { state.withLock { $0.connections } }
  var inFlight: Int { state.withLock { $0.inFlight } }
  /// Answers since the start, by status.
  var answers: [Int: Int] { state.withLock { $0.answers } }

  /// - Returns: whether there was room for one more connection.
  func connect(most: Int) -> Bool {
    state.withLock { state in
      guard state.connections < most else { return false }
      state.connections += 1
      return true
    }
  }

  func disconnect() { state.withLock { $0.connections -= 1 } }

  /// Room for one more request, for as long as somebody holds it; nil when there is none.
  func slot(most: Int) -> HTTPSlot? {
    let hasRoom = state.withLock { state in
      guard state.inFlight < most else { return false }
      state.inFlight += 1
      return true
    }
    return hasRoom ? HTTPSlot(self) : nil
  }

  fileprivate func end() { state.withLock { $0.inFlight -= 1 } }

  func answered(_ status: Int) { state.withLock { $0.answers[status, default: 0] += 1 } }
}

/// One request that is being answered. The room is free again when this goes, also when the answer is never written.
final class HTTPSlot: Sendable {
  private let counters: HTTPCounters

  fileprivate init(_ counters: HTTPCounters) { self.counters = counters }

  deinit { counters.end() }
}
