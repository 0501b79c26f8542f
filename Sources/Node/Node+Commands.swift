package import Messaging
import RelayClient

extension Node {
  /// Passes the fence, and sends what waits: at once, whatever an earlier attempt has postponed.
  ///
  /// - Returns: how it ended. An own relay that cannot be used is an outcome, not an error: everything is kept.
  /// - Throws: ``NodeError/vaultCopied``, and what the vault throws.
  package func deliverOutbox(
    timeLimit: Duration, until isDone: @Sendable (Messenger) throws -> Bool
  ) async throws -> FlushOutcome {
    do { try await openMailboxes() } catch NodeError.relayUnreachable(let host) {
      return .unreachable(hosts: [host])
    } catch NodeError.relay(let host, _) {
      return .unreachable(hosts: [host])
    }
    try messenger.retryNow()
    return try await flush(timeLimit: timeLimit, until: isDone)
  }

  /// Makes an invite, registers it at the relay of the first mailbox, and returns its link.
  ///
  /// - Throws: ``NodeError``, and what the vault throws. A link that nobody got to see expires unused.
  package func invite(_ kind: InviteKind) async throws -> String {
    try await openMailboxes()
    let id = try messenger.createInvite(kind)
    for mailbox in try messenger.homeMailboxes() where owners[mailbox.id] != nil { try await doOwnerWork(mailbox) }
    // Another task may be at the owner's work already, and do this too.
    guard let link = try await wait(atMost: limits.request, for: { try $0.inviteLink(id) }) else {
      throw NodeError.timedOut
    }
    return link
  }
}

/// What the interface of a running node asks: ``Node/run(jitter:)`` does the work, and these wait for it.
extension Node {
  /// Makes an invite, and returns its link as soon as the own relay has registered it.
  ///
  /// A node that does not run asks the relay itself.
  /// - Throws: ``NodeError/timedOut``, ``NodeError/vaultCopied``, and what the vault throws.
  package func newInvite(_ kind: InviteKind, timeLimit: Duration) async throws -> String {
    guard isRunning else { return try await invite(kind) }
    guard try !messenger.isCopied() else { throw NodeError.vaultCopied }
    let id = try change { try $0.createInvite(kind) }
    guard let link = try await wait(atMost: timeLimit, for: { try $0.inviteLink(id) }) else {
      throw NodeError.timedOut
    }
    return link
  }

  /// Asks again after every change, until there is an answer or the time is over.
  package func wait<Value: Sendable>(
    atMost timeLimit: Duration, for question: @Sendable (Messenger) throws -> Value?
  ) async throws -> Value? {
    let clock = ContinuousClock()
    let deadline = clock.now + timeLimit
    let bell = doorbell.listen()
    while true {
      if let answer = try question(messenger) { return answer }
      guard clock.now < deadline else { return nil }
      try await bell.wait(for: clock.now.duration(to: deadline))
    }
  }

  /// How many mailboxes of this account are open at their relays just now, and how many there are.
  package func connections() throws -> (open: Int, all: Int) {
    (owners.values.count(where: \.isOpen), try messenger.homeMailboxes().count)
  }

  /// Tells a contact that something is being typed, if it can be told. Nothing is kept.
  package func sendTyping(_ isTyping: Bool, to contact: Int64) async throws {
    guard let work = try messenger.typing(isTyping, to: contact) else { return }
    await putEphemeral(work)
  }
}

/// A relay of an own mailbox, and whether that is open there.
package struct RelayState: Hashable, Sendable {
  /// `host:port`.
  package let host: String
  package let isOpen: Bool
}

extension Node {
  /// How it stands with the relays of the own mailboxes.
  package func relayStates() throws -> [RelayState] {
    try messenger.homeMailboxes().map { RelayState(host: $0.host, isOpen: owners[$0.id]?.isOpen == true) }
  }
}
