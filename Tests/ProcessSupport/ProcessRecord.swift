import Foundation
import Synchronization

/// What is known of a process: output so far and how it ended. Shared with the threads that read and reap.
final class ProcessRecord: Sendable {
  struct Snapshot {
    var standardOutput: [UInt8] = []
    var standardError: [UInt8] = []
    var openStreams = 2
    var exit: ExitStatus?

    var standardErrorText: String { String(decoding: standardError, as: UTF8.self) }
    /// Ended, and everything that it wrote has been read.
    var isComplete: Bool { exit != nil && openStreams == 0 }
  }

  /// Looks at a snapshot and says whether its waiter was resumed.
  private typealias Waiter = @Sendable (Snapshot) -> Bool
  private struct State {
    var snapshot = Snapshot()
    var waiters: [Int: Waiter] = [:]
    var nextWaiter = 0
  }

  private let state = Mutex(State())

  var snapshot: Snapshot { state.withLock { $0.snapshot } }

  /// Changes the snapshot and wakes whoever waited for just that.
  func update(_ change: (inout Snapshot) -> Void) {
    state.withLock { state in
      change(&state.snapshot)
      for (id, waiter) in state.waiters where waiter(state.snapshot) { state.waiters[id] = nil }
    }
  }

  /// Sends a signal as long as the process has not been reaped, so that its number cannot mean another one.
  func signal(_ number: Int32, to processID: pid_t) {
    state.withLock { if $0.snapshot.exit == nil { _ = Foundation.kill(processID, number) } }
  }

  /// Reaps the process under the lock that ``signal(_:to:)`` takes.
  func reap(_ processID: pid_t) {
    update { snapshot in
      var status: Int32 = 0
      while waitpid(processID, &status, 0) < 0, errno == EINTR {}
      snapshot.exit = status & 0x7f == 0 ? .code(status >> 8 & 0xff) : .signal(status & 0x7f)
    }
  }

  /// Waits until `judge` finds an answer in the snapshot.
  func wait<Answer: Sendable>(
    for what: String, within limit: Duration, _ judge: @escaping @Sendable (Snapshot) -> Result<Answer, ProcessFailure>?
  ) async throws(ProcessFailure) -> Answer {
    let answer: Result<Answer, ProcessFailure> = await withCheckedContinuation { continuation in
      let id: Int? = state.withLock { state in
        if let answer = judge(state.snapshot) {
          continuation.resume(returning: answer)
          return nil
        }
        let id = state.nextWaiter
        state.nextWaiter += 1
        state.waiters[id] = { snapshot in
          guard let answer = judge(snapshot) else { return false }
          continuation.resume(returning: answer)
          return true
        }
        return id
      }
      guard let id else { return }
      let (seconds, attoseconds) = limit.components
      DispatchQueue.global().asyncAfter(deadline: .now() + Double(seconds) + Double(attoseconds) * 1e-18) { [self] in
        let late = state.withLock { state in state.waiters.removeValue(forKey: id) != nil ? state.snapshot : nil }
        guard let late else { return }
        continuation.resume(
          returning: .failure(.timedOut(waitingFor: what, standardError: late.standardErrorText)))
      }
    }
    return try answer.get()
  }
}
