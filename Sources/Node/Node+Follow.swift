package import Ambient
package import Messaging
import RelayClient

extension Node {
  /// Receives and sends for as long as the task lives; reconnects by itself.
  ///
  /// - Parameter deliver: called after every page and every round of sending, on this actor.
  /// - Throws: ``NodeError/vaultCopied``, what the vault throws, and what `deliver` throws.
  package func follow(
    jitter: some PublicRandomness, deliver: @Sendable (Messenger) throws -> Void
  ) async throws {
    var policy = ReconnectPolicy()
    while !Task.isCancelled {
      do {
        try await openMailboxes()
        policy.succeeded()
        try await followOpenMailboxes(deliver)
      } catch NodeError.relayUnreachable {
        try await ContinuousClock().sleep(for: policy.waitAfterFailure(randomness: jitter))
      }
    }
  }

  private func followOpenMailboxes(_ deliver: @Sendable (Messenger) throws -> Void) async throws {
    _ = try await fetchAll()
    try deliver(messenger)
    while !Task.isCancelled {
      _ = try await flush(timeLimit: limits.request) { _ in true }
      for id in owners.keys.sorted() {
        _ = try await fetchPage(id, wait: try pollTime())
      }
      try messenger.eraseDue()
      try deliver(messenger)
      // A step at a time, so that nothing that comes waits for it.
      _ = try messenger.indexMessages()
    }
  }

  /// Until something is due to be sent or destroyed, but no longer than a poll lasts.
  private func pollTime() throws -> Duration {
    let times = [try messenger.nextDeadline(), try messenger.nextExpiry()].compactMap { $0 }
    guard let next = times.min() else { return limits.poll }
    let milliseconds = max(1_000, next.milliseconds - messenger.currentTime.milliseconds)
    return min(limits.poll, .milliseconds(milliseconds))
  }
}
