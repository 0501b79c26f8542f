package import RelayWire
import Verification

extension RelayConnection {
  /// Who may say what on one connection (Protocol §2), without I/O.
  ///
  /// A connection is nobody's at first. The first mailbox that opens makes it an owner's, the first sender's command a
  /// sender's; it never becomes the other, so that one connection never ties an owner to what it sends.
  ///
  /// The shell gives it every request, does what the returned ``Action`` says, and tells it how openings ended.
  package struct StateMachine: Sendable {
    /// What the shell has to do with one request.
    package enum Action: Hashable, Sendable {
      /// Send this answer.
      case answer(RelayEvent)
      /// The signature holds: ask the store to open, then call
      /// ``StateMachine/openFinished(_:outcome:)`` with what it said.
      case open(OpenMailboxCommand)
      /// A command, other than opening, for a mailbox that is open here.
      case perform(OwnerCommand)
      /// A sender's command.
      case forward(SenderCommand)
    }

    private enum Party {
      case undecided
      case owner
      case sender
    }

    private let relayKey: RelayKey
    private let challenge: RelayChallenge
    private let info: RelayInfo
    private var party = Party.undecided
    private var openMailboxes: Set<MailboxID> = []
    /// Openings that the store has not answered yet: as long as there are any, this may become an owner's connection.
    private var pendingOpenings = 0

    /// - Parameter challenge: 32 fresh unpredictable bytes, for this connection alone.
    package init(challenge: RelayChallenge, info: RelayInfo) {
      self.challenge = challenge
      self.relayKey = info.relayKey
      self.info = info
    }

    /// The relay's first frame (C14).
    package var hello: RelayEvent {
      .hello(RelayHello(challenge: challenge, relayKey: relayKey, version: info.version, limits: info.limits))
    }

    /// Whether `mailbox` is open on this connection.
    package func hasOpen(_ mailbox: MailboxID) -> Bool { openMailboxes.contains(mailbox) }

    /// Judges one request.
    package mutating func received(_ command: Result<ClientCommand, WireError>) -> Action {
      switch command {
      case .failure(let error): .answer(.refusal(.malformed(error)))
      case .success(.anyone(.getInfo)): .answer(.info(info))
      case .success(.owner(let command)): received(command)
      case .success(.sender(let command)): received(command)
      }
    }

    /// Takes what the store said to an ``Action/open(_:)``, and returns the answer to its request.
    package mutating func openFinished(
      _ mailbox: MailboxID, outcome: Result<OpenOutcome, StoreError>
    ) -> RelayEvent {
      pendingOpenings -= 1
      switch outcome {
      case .success(.opened(let reply, _)):
        party = .owner
        openMailboxes.insert(mailbox)
        return .opened(reply)
      case .success(.fenced): return .refusal(.fenced)
      case .success(.notRegistered(let refusal)): return .refusal(RelayRefusal(refusal))
      case .failure(let error): return .refusal(RelayRefusal(error))
      }
    }

    /// An ``Action/open(_:)`` that does not go to the store.
    package mutating func openingRefused() { pendingOpenings -= 1 }

    /// Another connection moved the fence of `mailbox`: nothing more may be done with it here.
    ///
    /// - Returns: what to tell the client, or nil if the mailbox was not open here.
    package mutating func fencedOut(_ mailbox: MailboxID) -> RelayEvent? {
      openMailboxes.remove(mailbox).map { .fencedOut($0) }
    }

    /// The mailbox was deleted on this connection's command.
    package mutating func closed(_ mailbox: MailboxID) { openMailboxes.remove(mailbox) }

    private mutating func received(_ command: OwnerCommand) -> Action {
      guard party != .sender else { return .answer(.refusal(.wrongParty)) }
      guard case .openMailbox(let opening) = command else {
        return openMailboxes.contains(command.mailbox) ? .perform(command) : .answer(.refusal(.notOpened))
      }
      guard openMailboxes.count + pendingOpenings < RelayConnection.maximumOpenMailboxes else {
        return .answer(.refusal(.tooManyMailboxes))
      }
      guard isSigned(opening) else { return .answer(.refusal(.unauthenticated)) }
      pendingOpenings += 1
      return .open(opening)
    }

    private mutating func received(_ command: SenderCommand) -> Action {
      guard party != .owner, pendingOpenings == 0 else { return .answer(.refusal(.wrongParty)) }
      party = .sender
      return .forward(command)
    }

    /// The mailbox id is the key: only its owner can sign this relay's challenge with this fence (C14).
    private func isSigned(_ opening: OpenMailboxCommand) -> Bool {
      VerifyingKey(opening.mailbox.bytes).isValid(
        Signature(opening.signature), label: RelayAuthentication.label,
        body: RelayAuthentication.message(
          relayKey: relayKey, challenge: challenge, mailbox: opening.mailbox, generation: opening.presented.generation,
          nonce: opening.presented.nonce, nextNonce: opening.nextNonce))
    }
  }
}
