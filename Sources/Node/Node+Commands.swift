package import Messaging

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
    guard let link = try messenger.inviteLink(id) else { throw NodeError.timedOut }
    return link
  }
}
