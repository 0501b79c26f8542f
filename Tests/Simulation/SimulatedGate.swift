import Synchronization
import Vault

/// Stands at every commit of one vault: crashes the node there, or has no room on the disk.
package final class SimulatedGate: CommitGate {
  package enum Interruption: Error, Sendable {
    case crash
    case diskFull
  }

  private struct State {
    var crashIn: Int?
    var crashesBefore = false
    var isFull = false
    var last: Interruption?
  }

  private let state = Mutex(State())

  package init() {}

  /// Lets the `count`-th commit from now crash, before or after it is durable.
  package func crash(in count: Int, before: Bool) {
    state.withLock {
      $0.crashIn = count
      $0.crashesBefore = before
    }
  }

  package func setFull(_ isFull: Bool) { state.withLock { $0.isFull = isFull } }

  /// No crash is planned any more.
  package func calm() {
    state.withLock {
      $0.crashIn = nil
      $0.isFull = false
    }
  }

  /// What was done since the last question: an error that a caller swallowed is a crash all the same.
  package func takeInterruption() -> Interruption? { state.withLock { $0.last.take() } }

  package func willCommit(_ number: Int) throws {
    try state.withLock { state in
      if state.isFull {
        state.last = .diskFull
        throw Interruption.diskFull
      }
      guard let left = state.crashIn else { return }
      if left > 1 {
        state.crashIn = left - 1
      } else if state.crashesBefore {
        state.crashIn = nil
        state.last = .crash
        throw Interruption.crash
      }
    }
  }

  package func didCommit(_ number: Int) throws {
    try state.withLock { state in
      guard state.crashIn == 1, !state.crashesBefore else { return }
      state.crashIn = nil
      state.last = .crash
      throw Interruption.crash
    }
  }
}
