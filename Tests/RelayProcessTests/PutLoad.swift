import ProcessSupport
import RelayClient
import RelayWire
import Synchronization

/// Puts from several connections at once, each with several in flight; what fails with its connection is tried again.
final class PutLoad: Sendable {
  private struct State {
    /// Not acknowledged, by sender.
    var waiting: [[PutCommand]]
    /// The times that the receipts told.
    var acknowledged: [EnvelopeID: UInt64] = [:]
    /// Anything but the end of a connection.
    var surprises: [RelayClientError] = []
    var watcher: (count: Int, continuation: CheckedContinuation<Void, Never>)?
  }

  private static let inFlight = 32
  private let state: Mutex<State>

  /// - Parameter puts: for each sender, what it puts.
  init(_ puts: [[PutCommand]]) { state = Mutex(State(waiting: puts)) }

  var acknowledged: [EnvelopeID: UInt64] { state.withLock { $0.acknowledged } }
  var surprises: [RelayClientError] { state.withLock { $0.surprises } }

  /// Waits until `count` puts are acknowledged.
  func reached(_ count: Int) async {
    await withCheckedContinuation { continuation in
      state.withLock { state in
        if state.acknowledged.count >= count { return continuation.resume() }
        state.watcher = (count, continuation)
      }
    }
  }

  /// Puts until everything is acknowledged or the relay is gone.
  func run(_ relay: RunningRelay, _ key: RelayKey) async throws {
    let senders = state.withLock { $0.waiting.count }
    try await withThrowingTaskGroup { group in
      for sender in 0..<senders {
        let connection = try await relay.connect(expecting: key)
        group.addTask {
          await withTaskGroup { group in
            for _ in 0..<Self.inFlight { group.addTask { await self.put(sender, on: connection) } }
          }
          await connection.close()
        }
      }
      try await group.waitForAll()
    }
  }

  private func put(_ sender: Int, on connection: RelayConnection) async {
    while let command = state.withLock({ $0.waiting[sender].popLast() }) {
      do throws(RelayClientError) {
        let receipt = try await connection.put(command)
        acknowledge(receipt)
      } catch {
        return state.withLock { state in
          state.waiting[sender].append(command)
          if error != .closed { state.surprises.append(error) }
        }
      }
    }
  }

  private func acknowledge(_ receipt: StoredReceipt) {
    state.withLock { state in
      state.acknowledged[receipt.envelopeID] = receipt.storedAt
      guard let watcher = state.watcher, state.acknowledged.count >= watcher.count else { return }
      state.watcher = nil
      watcher.continuation.resume()
    }
  }
}
