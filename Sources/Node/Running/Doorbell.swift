import Synchronization

/// Tells the loops of a node that something may have changed in the vault.
///
/// It carries nothing: whoever is woken looks for itself. A listener that is busy while it rings is woken once more
/// afterwards, so that nothing is missed.
package final class Doorbell: Sendable {
  private struct State {
    var next = 0
    var listeners: [Int: AsyncStream<Void>.Continuation] = [:]
  }

  private let state = Mutex(State())

  package init() {}

  /// Begins to listen; what rings from now on is heard, until the listener goes.
  package func listen() -> Listener {
    let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    let number = state.withLock { state in
      state.next += 1
      state.listeners[state.next] = continuation
      return state.next
    }
    return Listener(stream: stream, continuation: continuation, number: number, bell: self)
  }

  /// Wakes every listener.
  ///
  /// - Parameter caller: the one who rings, and needs not to be told.
  package func ring(except caller: Listener? = nil) {
    let continuations = state.withLock { $0.listeners.filter { $0.key != caller?.number }.map(\.value) }
    for continuation in continuations { continuation.yield() }
  }

  fileprivate func forget(_ number: Int) { state.withLock { _ = $0.listeners.removeValue(forKey: number) } }

  /// One who waits for the bell. Used by one task.
  package final class Listener: Sendable {
    private let stream: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation
    fileprivate let number: Int
    private let bell: Doorbell

    fileprivate init(
      stream: AsyncStream<Void>, continuation: AsyncStream<Void>.Continuation, number: Int, bell: Doorbell
    ) {
      self.stream = stream
      self.continuation = continuation
      self.number = number
      self.bell = bell
    }

    deinit { bell.forget(number) }

    /// Returns when it has rung since the last time, or when the time is over.
    ///
    /// - Parameter limit: nil: as long as it takes.
    /// - Throws: `CancellationError`.
    package func wait(for limit: Duration? = nil) async throws {
      guard let limit else { return try await waitForRing() }
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { [continuation] in
          try await ContinuousClock().sleep(for: limit)
          continuation.yield()
        }
        try await waitForRing()
        group.cancelAll()
      }
    }

    private func waitForRing() async throws {
      var iterator = stream.makeAsyncIterator()
      _ = await iterator.next()
      try Task.checkCancellation()
    }
  }
}
