package import Messaging
import RelayClient
import RelayWire

extension Node {
  /// Opens every mailbox of this device (fence first), and brings admission entries and prekeys up to date.
  ///
  /// One task at a time: a mailbox that is opened twice ends the first one's connection.
  /// - Throws: ``NodeError/relayUnreachable(host:)`` when none could be opened, ``NodeError/vaultCopied``.
  package func openMailboxes() async throws {
    let bell = openingBell.listen()
    while isOpening { try await bell.wait() }
    isOpening = true
    defer {
      isOpening = false
      openingBell.ring()
    }
    try messenger.rotateKeysIfDue()
    var failure: (any Error)?
    for mailbox in try messenger.homeMailboxes() where owners[mailbox.id]?.isOpen != true {
      do {
        owners[mailbox.id] = try await open(mailbox)
        try await doOwnerWork(mailbox)
      } catch NodeError.vaultCopied {
        throw NodeError.vaultCopied
      } catch {
        owners[mailbox.id] = nil
        failure = error
      }
    }
    if owners.isEmpty, let failure { throw failure }
  }

  private func open(_ mailbox: HomeMailbox) async throws -> RelayConnection {
    let connection = try await connect(mailbox.host, relayKey: mailbox.relayKey)
    do {
      while true {
        let command = try messenger.prepareOpening(
          mailbox: mailbox.id, challenge: connection.hello.challenge, relayKey: connection.hello.relayKey)
        let reply = try await connection.openMailbox(command)
        if try messenger.openingAccepted(mailbox: mailbox.id, reply: reply) == .open { return connection }
      }
    } catch RelayClientError.refused(let refusal) where refusal.code == .fenced {
      await connection.close()
      try messenger.wasFenced()
      throw NodeError.vaultCopied
    } catch MessagingError.vaultCopied {
      await connection.close()
      throw NodeError.vaultCopied
    } catch let error as RelayClientError {
      await connection.close()
      throw Self.mapped(error, mailbox.host)
    }
  }

  /// Does what the owner's connection has to do; nothing when everything is up to date.
  ///
  /// While one task is at it, others need not: it goes on until nothing is left.
  func doOwnerWork(_ mailbox: HomeMailbox) async throws {
    guard ownersAtWork.insert(mailbox.id).inserted else { return }
    defer { ownersAtWork.remove(mailbox.id) }
    guard let connection = owners[mailbox.id] else { throw NodeError.relayUnreachable(host: mailbox.host) }
    while let work = try messenger.nextOwnerWork(mailbox: mailbox.id) {
      do throws(RelayClientError) {
        switch work {
        case .setAdmission(let change, _, _, _, _): try await connection.setAdmission(change)
        case .publish(let command, _, _, _): _ = try await connection.publish(command)
        }
      } catch {
        throw try await lost(mailbox, error)
      }
      try messenger.ownerWorkDone(work, mailbox: mailbox.id)
      doorbell.ring()
    }
  }

  /// Reads one page of a mailbox, commits it and acknowledges it.
  ///
  /// - Parameter wait: how long the relay may hold the request until something is there.
  /// - Returns: what came of it, and whether more is waiting.
  package func fetchPage(_ id: Int64, wait: Duration = .zero) async throws -> (report: ReceiveReport, more: Bool) {
    guard let mailbox = try messenger.homeMailboxes().first(where: { $0.id == id }),
      let connection = owners[id]
    else { throw NodeError.relayUnreachable(host: "") }
    do {
      let page = try await connection.fetch(
        FetchCommand(
          mailbox: mailbox.mailbox, after: mailbox.cursor, limit: Messenger.batchSize,
          waitMilliseconds: UInt32(clamping: wait.components.seconds * 1_000)))
      let report = try messenger.receive(page, mailbox: id)
      if report.acknowledgeUpTo > mailbox.cursor {
        try await connection.acknowledge(
          AcknowledgeCommand(mailbox: mailbox.mailbox, upTo: report.acknowledgeUpTo))
      }
      // A relay that says "more" and shows nothing new is not asked again and again.
      return (report, page.more && report.acknowledgeUpTo > mailbox.cursor)
    } catch let error as RelayClientError {
      throw try await lost(mailbox, error)
    }
  }

  /// Reads every open mailbox to its head.
  ///
  /// - Returns: how many envelopes meant something.
  package func fetchAll() async throws -> Int {
    var accepted = 0
    for id in owners.keys.sorted() {
      while true {
        let (report, more) = try await fetchPage(id)
        accepted += report.accepted
        if !more { break }
      }
      // A first contact may have taken a slot or finished an invite: the relay is told now.
      if let mailbox = try messenger.homeMailboxes().first(where: { $0.id == id }) { try await doOwnerWork(mailbox) }
    }
    return accepted
  }

  /// An owner's connection has failed: forget it, and say why.
  private func lost(_ mailbox: HomeMailbox, _ error: RelayClientError) async throws -> NodeError {
    // Nobody waits for the answer any more: the connection is as good as before.
    if error == .cancelled { throw CancellationError() }
    let connection = owners.removeValue(forKey: mailbox.id)
    await connection?.close()
    if case .refused(let refusal) = error, refusal.code == .fenced {
      try messenger.wasFenced()
      return .vaultCopied
    }
    return Self.mapped(error, mailbox.host)
  }
}
