package import RelayWire

/// What the owner of mailboxes may ask, on a connection of its own.
extension RelayConnection {
  /// Opens a mailbox: proves its key and passes or moves the fence (C14, Protocol §6).
  ///
  /// The command is signed over this connection's ``hello``; a signature is good for one connection only.
  /// - Throws: ``RelayClientError/refused(_:)`` with `unauthenticated` or `fenced`, and what every request throws.
  package func openMailbox(_ command: OpenMailboxCommand) async throws(RelayClientError) -> OpenReply {
    guard case .opened(let reply) = try await request(.owner(.openMailbox(command))) else { throw .unexpectedAnswer }
    return reply
  }

  /// Adds and removes admission entries in one transaction (C9).
  package func setAdmission(_ change: AdmissionChange) async throws(RelayClientError) {
    try await done(.setAdmission(change))
  }

  /// Publishes lists, bundle and one-time prekeys, one part (C6).
  ///
  /// - Returns: how many one-time prekeys are left at the relay.
  package func publish(_ command: PublishCommand) async throws(RelayClientError) -> UInt32 {
    guard case .published(let oneTimeLeft) = try await request(.owner(.publish(command))) else {
      throw .unexpectedAnswer
    }
    return oneTimeLeft
  }

  /// Fetches one page; with a wait the relay answers when something is there, or empty at its end (R5).
  package func fetch(_ command: FetchCommand) async throws(RelayClientError) -> MailboxPage {
    let event = try await request(
      .owner(.fetch(command)), waitingLonger: .milliseconds(Int64(command.waitMilliseconds)))
    guard case .page(let page) = event, page.mailbox == command.mailbox else { throw .unexpectedAnswer }
    return page
  }

  /// Asks for pages to be pushed: they come in ``pushes``, together with ephemeral envelopes.
  package func subscribe(_ command: SubscribeCommand) async throws(RelayClientError) {
    try await done(.subscribe(command))
  }

  /// Tells the relay what is safely here; it forgets it.
  package func acknowledge(_ command: AcknowledgeCommand) async throws(RelayClientError) {
    try await done(.acknowledge(command))
  }

  /// Deletes the mailbox and everything in it.
  package func closeMailbox(_ mailbox: MailboxID) async throws(RelayClientError) {
    try await done(.closeMailbox(mailbox))
  }

  private func done(_ command: OwnerCommand) async throws(RelayClientError) {
    guard case .done = try await request(.owner(command)) else { throw .unexpectedAnswer }
  }
}

extension RelayClientError {
  /// The answer is not of the kind that the request asks for.
  static let unexpectedAnswer = RelayClientError.protocolViolation(.unexpectedAnswer)
}
