package import Ambient
import Messaging
import RelayClient

extension Node {
  /// How long a clock that was set may go unnoticed.
  private static let longestWait = Duration.seconds(60)
  /// When something is due that cannot be done now.
  private static let retryWait = Duration.seconds(1)

  /// Receives, sends and destroys for as long as the task lives; reconnects by itself.
  ///
  /// Loops side by side: what is enqueued while a relay is asked for news goes out at once. Cancelling loses nothing: what
  /// was not answered is fetched, or put with the same bytes, again.
  /// - Throws: ``NodeError/vaultCopied``, a ``NodeError`` that waiting does not help against, what the vault throws, and
  ///   `CancellationError`.
  package func run(jitter: some PublicRandomness) async throws {
    try messenger.retryNow()
    await endHeardConnections()
    noteRunning(true)
    defer { noteRunning(false) }
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await self.receiveLoop(jitter) }
      group.addTask { try await self.ownerLoop() }
      group.addTask { try await self.sendLoop(jitter) }
      group.addTask { try await self.eraseLoop() }
      group.addTask { try await self.indexLoop() }
      group.addTask { try await self.liveLoop() }
      // No loop ends but by an error, which ends the others.
      try await group.next()
    }
  }

  /// Keeps the mailboxes open, and takes what comes.
  private func receiveLoop(_ jitter: some PublicRandomness) async throws {
    var policy = ReconnectPolicy()
    while true {
      do {
        try await openMailboxes()
        _ = try await fetchAll()
        policy.succeeded()
        noteReached(true)
        while true { try await receiveOnce() }
      } catch NodeError.relayUnreachable(let host) {
        noteReached(false, unreachable: [host])
        doorbell.ring()
        try await ContinuousClock().sleep(for: policy.waitAfterFailure(randomness: jitter))
      }
    }
  }

  private func receiveOnce() async throws {
    doorbell.ring()
    try messenger.rotateKeysIfDue()
    let wait = limits.poll / max(1, owners.count)
    for id in owners.keys.sorted() { _ = try await fetchPage(id, wait: wait) }
  }

  /// Tells the own relays what they have to know: invites, slots that were taken, prekeys.
  private func ownerLoop() async throws {
    let bell = doorbell.listen()
    while true {
      for mailbox in try messenger.homeMailboxes() where owners[mailbox.id]?.isOpen == true {
        // A connection that is lost is the receiving loop's to replace.
        do { try await doOwnerWork(mailbox) } catch NodeError.relayUnreachable { continue }
      }
      try await bell.wait()
    }
  }

  /// Sends what is due, while a mailbox of this account is open: a vault that is a copy is told so by its own relay first.
  ///
  /// Files go to their relays in tasks of their own, which end with this one.
  private func sendLoop(_ jitter: some PublicRandomness) async throws {
    uploading = []
    stalledUploads = []
    try await withThrowingDiscardingTaskGroup { uploads in
      let clock = ContinuousClock()
      let bell = doorbell.listen()
      var pauses = HostPauses()
      var round = SenderRound()
      while true {
        guard maySend else {
          notePass(stalledBy: unreachableOwners)
          try await bell.wait()
          continue
        }
        try messenger.performDueWork()
        round.unreachableHosts = pauses.waiting(at: clock.now)
        if let work = try messenger.nextSenderWork(&round) {
          if case .upload(let upload) = work {
            if takeUpload(upload) { uploads.addTask { try await self.performTaken(upload) } }
            continue
          }
          if try await perform(work) == .unreachable {
            pauses.failed(work.host, at: clock.now, jitter: jitter)
          } else {
            pauses.succeeded(work.host)
          }
          doorbell.ring(except: bell)
          continue
        }
        let pausedBefore = round.unreachableHosts
        try await takeBack(&round.unreachableHosts)
        for host in round.unreachableHosts.subtracting(pausedBefore) {
          pauses.failed(host, at: clock.now, jitter: jitter)
        }
        notePass(stalledBy: round.unreachableHosts.union(stalledUploads))
        try await bell.wait(for: try waitForSending(pauses, clock.now))
        round.restart()
      }
    }
  }

  private var maySend: Bool { !owners.isEmpty && owners.values.allSatisfy(\.isOpen) }

  /// Until something is due, or a relay may be tried again.
  private func waitForSending(_ pauses: HostPauses, _ now: ContinuousClock.Instant) throws -> Duration {
    var wait = Self.longestWait
    if let next = try [messenger.nextDeadline(), messenger.nextRetractionTime()].compactMap(\.self).min() {
      let milliseconds = next.milliseconds - messenger.currentTime.milliseconds
      wait = min(wait, milliseconds > 0 ? .milliseconds(milliseconds) : Self.retryWait)
    }
    if let end = pauses.nextEnd(after: now) { wait = min(wait, now.duration(to: end)) }
    return wait
  }

  /// Destroys what has reached its end, at that moment, whatever the network does.
  private func eraseLoop() async throws {
    let bell = doorbell.listen()
    while true {
      var wait = Self.longestWait
      if let next = try messenger.nextExpiry() {
        let milliseconds = next.milliseconds - messenger.currentTime.milliseconds
        if milliseconds <= 0 {
          try messenger.eraseDue()
          doorbell.ring(except: bell)
        }
        wait = min(wait, milliseconds > 0 ? .milliseconds(milliseconds) : Self.retryWait)
      }
      try await bell.wait(for: wait)
    }
  }

  /// Makes what has come findable, a step at a time, so that nothing waits for it.
  private func indexLoop() async throws {
    let bell = doorbell.listen()
    while true {
      while try messenger.indexMessages() { await Task.yield() }
      try await bell.wait()
    }
  }
}
