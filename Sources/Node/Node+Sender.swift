import Ambient
package import Messaging
import RelayClient
import RelayProofs
import RelayWire

/// How a round of sending ended.
package enum FlushOutcome: Hashable, Sendable {
  /// What was waited for has happened, or nothing is left to send.
  case done
  /// Something is left, for relays that cannot be reached.
  case unreachable(hosts: Set<String>)
  /// The time is over; something is left that waits for its time.
  case timedOut
}

extension Node {
  /// Performs the sender's work until `isDone`, or until nothing can be done within `timeLimit`.
  ///
  /// Sends only while a mailbox of this account is open: a vault that is a copy is told so by its own relay first (Protocol §3).
  /// - Throws: ``NodeError/vaultCopied``, and what the vault throws.
  package func flush(
    timeLimit: Duration, until isDone: @Sendable (Messenger) throws -> Bool
  ) async throws -> FlushOutcome {
    let clock = ContinuousClock()
    let deadline = clock.now.advanced(by: timeLimit)
    var round = SenderRound()
    while true {
      // A relay ends the owner's connection when another vault takes the mailbox: opening it again tells whether this one
      // is the copy, before anything more is sent.
      if owners.values.contains(where: { !$0.isOpen }) { try await openMailboxes() }
      guard !owners.isEmpty else { return .unreachable(hosts: try Set(messenger.homeMailboxes().map(\.host))) }
      try messenger.performDueWork()
      if let work = try messenger.nextSenderWork(&round) {
        guard clock.now < deadline else { return .timedOut }
        if try await perform(work) == .unreachable { round.unreachableHosts.insert(work.host) }
        continue
      }
      round.restart()
      try await takeBack(&round.unreachableHosts)
      let unreachable = round.unreachableHosts
      if try isDone(messenger) { return .done }
      guard let next = try messenger.nextDeadline() else {
        return unreachable.isEmpty ? .done : .unreachable(hosts: unreachable)
      }
      let wait = Duration.milliseconds(max(100, next.milliseconds - messenger.currentTime.milliseconds))
      if wait <= .milliseconds(100), !unreachable.isEmpty { return .unreachable(hosts: unreachable) }
      guard clock.now.advanced(by: wait) < deadline else {
        return unreachable.isEmpty ? .timedOut : .unreachable(hosts: unreachable)
      }
      try await clock.sleep(for: wait)
    }
  }

  /// Does one piece of the sender's work, and notes what came of it.
  ///
  /// - Returns: why it failed, nil when it was done.
  /// - Throws: what the vault throws, and `CancellationError`: then it is done again another time, with the same bytes.
  func perform(_ work: SenderWork) async throws -> SenderFailure? {
    do {
      switch work {
      case .put(let put):
        try messenger.putStored(put, receipt: try await self.put(put))
      case .fetchBundle(let fetch):
        let connection = try await sender(fetch.host, fetch.relayKey)
        let reply = try await connection.fetchBundle(fetch.command)
        try messenger.bundleFetched(fetch, reply: reply, relayKey: connection.hello.relayKey)
      case .upload(let upload): try await perform(upload)
      }
      return nil
    } catch RelayClientError.cancelled {
      throw CancellationError()
    } catch let error as RelayClientError {
      let failure: SenderFailure
      if case .refused(let refusal) = error {
        failure = .refused(refusal)
      } else {
        // The answer may be lost and the envelope stored: the same bytes are put again, and the relay knows them.
        await senders.removeValue(forKey: work.host)?.close()
        failure = .unreachable
      }
      try messenger.senderWorkFailed(work, failure)
      return failure
    } catch is BlobTransferError {
      try messenger.senderWorkFailed(work, .unreachable)
      return .unreachable
    } catch is NodeFileError {
      try messenger.senderWorkFailed(work, .fileLost)
      return .fileLost
    } catch MessagingError.notAuthentic {
      try messenger.senderWorkFailed(work, .notAuthentic)
      return .notAuthentic
    }
  }

  /// Puts one envelope, and does the work that the relay asks of strangers (C15).
  private func put(_ put: PutWork) async throws(RelayClientError) -> StoredReceipt {
    let connection = try await sender(put.host, put.relayKey)
    do throws(RelayClientError) { return try await connection.put(put.command) } catch {
      guard case .refused(let refusal) = error, refusal.code == .workNeeded else { throw error }
      let search = RequestWork(
        relayKey: connection.hello.relayKey, mailbox: put.command.mailbox, envelopeID: put.command.envelopeID)
      let today = UInt32(clamping: messenger.currentTime.milliseconds / 86_400_000)
      guard let work = await search.search(bits: refusal.workBits, day: today) else { throw error }
      return try await connection.put(put.command.showing(work))
    }
  }

  /// Puts one envelope that nobody waits for and that is not kept: typing and the like. Failure means nothing.
  package func putEphemeral(_ work: PutWork) async {
    do throws(RelayClientError) { _ = try await sender(work.host, work.relayKey).put(work.command) } catch {
      return  // ephemeral: nobody is told
    }
  }

  /// The anonymous connection to a relay, made when it is first needed. It never opens a mailbox.
  func sender(_ host: String, _ relayKey: RelayKey?) async throws(RelayClientError) -> RelayConnection {
    // It may have been cut while a large file was on its way.
    if let connection = senders[host], connection.isOpen, relayKey == nil || connection.hello.relayKey == relayKey {
      return connection
    }
    let connection = try await begin(.anonymous, host, relayKey)
    senders[host] = connection
    return connection
  }

  func connect(_ host: String, relayKey: RelayKey) async throws -> RelayConnection {
    do throws(RelayClientError) { return try await begin(.owner, host, relayKey) } catch {
      throw Self.mapped(error, host)
    }
  }

  /// Makes a connection, through a proxy no sooner than ``NodeLimits/circuitPause`` after the last one of the other kind.
  private func begin(
    _ kind: ConnectionKind, _ host: String, _ relayKey: RelayKey?
  ) async throws(RelayClientError) -> RelayConnection {
    let address: RelayAddress
    do throws(RelayAddressError) { address = try transport.address(route: host) } catch { throw .unreachable }
    let clock = ContinuousClock()
    while let last = begun[kind.other], last + limits.circuitPause > clock.now {
      do { try await clock.sleep(until: last + limits.circuitPause) } catch { throw .cancelled }
    }
    begun[kind] = clock.now
    return try await RelayConnection.connect(
      to: address, expectedRelayKey: relayKey, timeLimit: limits.request, transport: transport)
  }

  static func mapped(_ error: RelayClientError, _ host: String) -> NodeError {
    switch error {
    case .unreachable, .closed, .timedOut, .cancelled, .proxy(.cannotConnect): .relayUnreachable(host: host)
    case .refused(let refusal) where refusal.code == .registrationClosed:
      .notRegistered(host: host, needsToken: false)
    case .refused(let refusal) where refusal.code == .registrationToken: .notRegistered(host: host, needsToken: true)
    default: .relay(host: host, error)
    }
  }
}
