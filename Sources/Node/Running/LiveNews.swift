import Synchronization

/// What is worth telling only now, and is kept nowhere.
package enum LiveEvent: Hashable, Sendable {
  case transfer(TransferProgress)
  /// A contact types, or has stopped.
  case typing(contact: Int64, isTyping: Bool)
  /// The own relays were reached, or could not be.
  case relays(isConnected: Bool, unreachable: Set<String>)
}

/// Passes on what happens at this moment to whoever listens. Who does not keep up misses the oldest.
package final class LiveNews: Sendable {
  private static let mostWaiting = 64

  private struct State {
    var next = 0
    var listeners: [Int: AsyncStream<LiveEvent>.Continuation] = [:]
  }

  private let state = Mutex(State())

  /// What happens from now on, until the task that reads it ends.
  package func listen() -> AsyncStream<LiveEvent> {
    let (stream, continuation) = AsyncStream.makeStream(
      of: LiveEvent.self, bufferingPolicy: .bufferingNewest(Self.mostWaiting))
    let number = state.withLock { state in
      state.next += 1
      state.listeners[state.next] = continuation
      return state.next
    }
    continuation.onTermination = { [weak self] _ in
      self?.state.withLock { _ = $0.listeners.removeValue(forKey: number) }
    }
    return stream
  }

  func tell(_ event: LiveEvent) {
    let listeners = state.withLock { Array($0.listeners.values) }
    for listener in listeners { listener.yield(event) }
  }
}
