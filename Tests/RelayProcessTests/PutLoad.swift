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

  /// Puts that no sender has been given yet; ``run(_:_:)`` gives them to it.
  func add(_ puts: [PutCommand], sender: Int) { state.withLock { $0.waiting[sender] += puts } }

  /// Puts until everything is acknowledged or the relay is gone, which it may be before it was reached.
  func run(_ relay: RunningRelay, _ key: RelayKey) async {
    await withTaskGroup { group in
      for sender in 0..<state.withLock({ $0.waiting.count }) {
        group.addTask { await self.run(sender, relay, key) }
      }
    }
  }

  private func run(_ sender: Int, _ relay: RunningRelay, _ key: RelayKey) async {
    do throws(RelayClientError) {
      let connection = try await relay.connect(expecting: key)
      await withTaskGroup { group in
        for _ in 0..<Self.inFlight { group.addTask { await self.put(sender, on: connection) } }
      }
      await connection.close()
    } catch { note(error) }
  }

  private func note(_ error: RelayClientError) {
    if !error.isEndOfRelay { state.withLock { $0.surprises.append(error) } }
  }

  private func put(_ sender: Int, on connection: RelayConnection) async {
    while let command = state.withLock({ $0.waiting[sender].popLast() }) {
      do throws(RelayClientError) {
        let receipt = try await connection.put(command)
        acknowledge(receipt)
      } catch {
        state.withLock { $0.waiting[sender].append(command) }
        return note(error)
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

extension RelayClientError {
  /// What a client sees of a relay that is killed or not there yet.
  var isEndOfRelay: Bool { self == .closed || self == .unreachable }
}
