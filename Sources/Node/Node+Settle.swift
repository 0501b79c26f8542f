package import Messaging

/// What commands and the interface ask alike, whether this node runs all the time or for one command only.
extension Node {
  /// Sends what waits, until `isDone` or until nothing can be done within `timeLimit`.
  ///
  /// While ``run(jitter:)`` is at it, this only waits for it.
  /// - Throws: ``NodeError/vaultCopied``, and what the vault throws.
  package func settle(
    timeLimit: Duration, until isDone: @Sendable (Messenger) throws -> Bool
  ) async throws -> FlushOutcome {
    guard isRunning else { return try await deliverOutbox(timeLimit: timeLimit, until: isDone) }
    guard try !messenger.isCopied() else { throw NodeError.vaultCopied }
    let clock = ContinuousClock()
    let deadline = clock.now + timeLimit
    let bell = passBell.listen()
    let begun = passes
    try messenger.retryNow()
    doorbell.ring()
    while true {
      if try isDone(messenger) { return .done }
      // A pass that was under way may not have seen what is waited for.
      if passes > begun + 1, !stalledHosts.isEmpty { return .unreachable(hosts: stalledHosts) }
      guard clock.now < deadline else { return .timedOut }
      if passes <= begun + 1 { doorbell.ring() }
      try await bell.wait(for: clock.now.duration(to: deadline))
    }
  }

  /// Fetches what waits at the own relays. A node that runs does so by itself: then this waits until it can.
  ///
  /// - Throws: ``NodeError``, and what the vault throws.
  package func fetch(timeLimit: Duration) async throws {
    guard isRunning else {
      try await openMailboxes()
      _ = try await fetchAll()
      return
    }
    guard try !messenger.isCopied() else { throw NodeError.vaultCopied }
    let clock = ContinuousClock()
    let deadline = clock.now + timeLimit
    let bell = passBell.listen()
    while !hasCaughtUp {
      if let host = unreachableOwners.first { throw NodeError.relayUnreachable(host: host) }
      guard clock.now < deadline else { throw NodeError.timedOut }
      try await bell.wait(for: clock.now.duration(to: deadline))
    }
  }

  /// The loops of a running node are about to begin, or have ended.
  func noteRunning(_ isRunning: Bool) {
    self.isRunning = isRunning
    hasCaughtUp = false
    unreachableOwners = []
    stalledHosts = []
    passBell.ring()
  }

  /// The own relays were reached and everything that waited there is here, or they could not be reached.
  func noteReached(_ hasCaughtUp: Bool, unreachable: Set<String> = []) {
    guard self.hasCaughtUp != hasCaughtUp || unreachableOwners != unreachable else { return }
    self.hasCaughtUp = hasCaughtUp
    unreachableOwners = unreachable
    live.tell(.relays(isConnected: hasCaughtUp, unreachable: unreachable))
    passBell.ring()
  }

  /// The sending loop can do nothing more for now.
  ///
  /// - Parameter hosts: the relays that keep it from doing more.
  func notePass(stalledBy hosts: Set<String>) {
    passes += 1
    stalledHosts = hosts
    passBell.ring()
  }
}
