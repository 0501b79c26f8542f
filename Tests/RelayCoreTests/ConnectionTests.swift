import ByteLayout
import RelayCore
import RelayWire
import Testing

/// Signatures were made by another implementation of Ed25519, from the seeds 07…07 and 08…08.
@Suite struct `A connection` {
  private let mailbox: MailboxID
  private let other: MailboxID
  private let opening: OpenMailboxCommand
  private let otherOpening: OpenMailboxCommand
  private let put: ClientCommand

  init() throws {
    mailbox = MailboxID(
      try Sample.hexadecimal("ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c"))
    other = MailboxID(try Sample.hexadecimal("1398f62c6d1a457c51ba6a4b5f3dbd2f69fca93216218dc8997e416bd17d93ca"))
    opening = try OpenMailboxCommand(
      mailbox: mailbox, presented: .unopened, nextNonce: FenceNonce(Sample.fixed(1)),
      signature: try Sample.hexadecimal(
        "1dffa824bed13d84b2eb27eb57062721079fe49f6c0aaecd0d42a422c5f528a7"
          + "bc4519759367945b495409d784d766c7dc5ccac354523bea52ef3fcb3098f402"))
    otherOpening = try OpenMailboxCommand(
      mailbox: other, presented: .unopened, nextNonce: FenceNonce(Sample.fixed(1)),
      signature: try Sample.hexadecimal(
        "25836533ce6a821af9068381c640f5527f0cd6a20cf0724f327d4e365c3638e7"
          + "73088fc460bc5dca01006c58be6c94f7b43884289df03a89d65a447feb811b0b"))
    put = .sender(
      .put(
        PutCommand(
          mailbox: mailbox, envelopeID: EnvelopeID(Sample.fixed(1)), tag: AdmissionTag(Sample.fixed(2)),
          envelope: try Envelope([UInt8](repeating: 0, count: 1_024)), retention: .day,
          deletionHash: DeletionHash(Sample.fixed(3)))))
  }

  private func connection(challenge: UInt8 = 0x22, relayKey: UInt8 = 0x11) -> RelayConnection.StateMachine {
    RelayConnection.StateMachine(
      challenge: RelayChallenge(Sample.fixed(challenge)),
      info: RelayInfo(relayKey: RelayKey(Sample.fixed(relayKey)), limits: .current, software: "test"))
  }

  private func reply() throws -> OpenReply {
    try OpenReply(generation: 1, wasRepeat: false, epoch: 1, head: 0, acknowledged: 0, oneTimeLeft: 0)
  }

  private func opened() throws -> RelayConnection.StateMachine {
    var connection = connection()
    _ = connection.received(.success(.owner(.openMailbox(opening))))
    _ = connection.openFinished(mailbox, outcome: .success(.opened(try reply(), endsOthers: true)))
    return connection
  }

  @Test func `says hello with its challenge and the relay's key`() {
    #expect(
      connection().hello
        == .hello(RelayHello(challenge: RelayChallenge(Sample.fixed(0x22)), relayKey: Sample.relayKey)))
  }

  @Test func `opens a mailbox for its key's signature`() throws {
    var connection = connection()
    #expect(connection.received(.success(.owner(.openMailbox(opening)))) == .open(opening))
    #expect(!connection.hasOpen(mailbox))
    let reply = try reply()
    let answer = connection.openFinished(mailbox, outcome: .success(.opened(reply, endsOthers: true)))
    #expect(answer == .opened(reply))
    #expect(connection.hasOpen(mailbox))
    let acknowledge = OwnerCommand.acknowledge(try AcknowledgeCommand(mailbox: mailbox, upTo: 1))
    #expect(connection.received(.success(.owner(acknowledge))) == .perform(acknowledge))
  }

  @Test func `refuses a signature for another challenge, relay, mailbox, fence or proposal`() throws {
    let refused = RelayConnection.StateMachine.Action.answer(.refusal(.unauthenticated))
    let command = Result<ClientCommand, WireError>.success(.owner(.openMailbox(opening)))
    var replayed = connection(challenge: 0x23)
    #expect(replayed.received(command) == refused)
    var forwarded = connection(relayKey: 0x12)
    #expect(forwarded.received(command) == refused)
    let changed: [OpenMailboxCommand] = [
      try OpenMailboxCommand(
        mailbox: other, presented: .unopened, nextNonce: opening.nextNonce, signature: opening.signature),
      try OpenMailboxCommand(
        mailbox: mailbox, presented: Fence(generation: 1, nonce: .none), nextNonce: opening.nextNonce,
        signature: opening.signature),
      try OpenMailboxCommand(
        mailbox: mailbox, presented: Fence(generation: 0, nonce: FenceNonce(Sample.fixed(9))),
        nextNonce: opening.nextNonce, signature: opening.signature),
      try OpenMailboxCommand(
        mailbox: mailbox, presented: .unopened, nextNonce: FenceNonce(Sample.fixed(2)), signature: opening.signature),
    ]
    var connection = connection()
    for opening in changed {
      #expect(connection.received(.success(.owner(.openMailbox(opening)))) == refused)
    }
    // Nobody's connection still: it may become a sender's.
    guard case .forward = connection.received(.success(put)) else {
      Issue.record("a failed opening decided the party")
      return
    }
  }

  @Test func `an owner's commands need the mailbox to be open here`() throws {
    let fetch = ClientCommand.owner(.fetch(try FetchCommand(mailbox: mailbox, after: 0)))
    var fresh = connection()
    #expect(fresh.received(.success(fetch)) == .answer(.refusal(.notOpened)))
    _ = fresh.received(.success(.owner(.openMailbox(opening))))
    #expect(fresh.received(.success(fetch)) == .answer(.refusal(.notOpened)))
    var opened = try opened()
    #expect(
      opened.received(.success(.owner(.fetch(try FetchCommand(mailbox: other, after: 0)))))
        == .answer(.refusal(.notOpened)))
  }

  @Test func `an owner's connection takes no sender's command, not even while it opens`() throws {
    let wrongParty = RelayConnection.StateMachine.Action.answer(.refusal(.wrongParty))
    var opened = try opened()
    #expect(opened.received(.success(put)) == wrongParty)
    var opening = connection()
    _ = opening.received(.success(.owner(.openMailbox(self.opening))))
    #expect(opening.received(.success(put)) == wrongParty)
  }

  @Test func `a sender's connection opens no mailbox and takes no owner's command`() throws {
    var connection = connection()
    let fetchBundle = SenderCommand.fetchBundle(
      FetchBundleCommand(mailbox: mailbox, tag: AdmissionTag(Sample.fixed(2))))
    #expect(connection.received(.success(.sender(fetchBundle))) == .forward(fetchBundle))
    #expect(
      connection.received(.success(.owner(.openMailbox(opening)))) == .answer(.refusal(.wrongParty)))
    #expect(
      connection.received(.success(.owner(.fetch(try FetchCommand(mailbox: mailbox, after: 0)))))
        == .answer(.refusal(.wrongParty)))
  }

  @Test func `a fenced opening opens nothing and leaves the party open`() throws {
    var connection = connection()
    _ = connection.received(.success(.owner(.openMailbox(opening))))
    #expect(connection.openFinished(mailbox, outcome: .success(.fenced)) == .refusal(.fenced))
    #expect(!connection.hasOpen(mailbox))
    _ = connection.received(.success(.owner(.openMailbox(opening))))
    #expect(connection.openFinished(mailbox, outcome: .failure(.unavailable)) == .refusal(.unavailable))
    guard case .forward = connection.received(.success(put)) else {
      Issue.record("a fenced opening decided the party")
      return
    }
  }

  @Test func `being fenced out closes that mailbox and keeps the others`() throws {
    var connection = try opened()
    _ = connection.received(.success(.owner(.openMailbox(otherOpening))))
    _ = connection.openFinished(other, outcome: .success(.opened(try reply(), endsOthers: true)))
    #expect(connection.fencedOut(mailbox) == .fencedOut(mailbox))
    #expect(connection.fencedOut(mailbox) == nil)
    #expect(!connection.hasOpen(mailbox))
    #expect(connection.hasOpen(other))
    #expect(
      connection.received(.success(.owner(.fetch(try FetchCommand(mailbox: mailbox, after: 0)))))
        == .answer(.refusal(.notOpened)))
    #expect(connection.received(.success(put)) == .answer(.refusal(.wrongParty)))
  }

  @Test func `opens at most 64 mailboxes`() throws {
    var connection = connection()
    for _ in 0..<64 {
      #expect(connection.received(.success(.owner(.openMailbox(opening)))) == .open(opening))
    }
    #expect(
      connection.received(.success(.owner(.openMailbox(opening)))) == .answer(.refusal(.tooManyMailboxes)))
  }

  @Test func `a malformed command is refused and info is told to anyone`() throws {
    var connection = connection()
    guard
      case .answer(.refusal(let refusal)) = connection.received(.failure(.wrongByteCount(field: "tag", actual: 3)))
    else {
      Issue.record("no refusal")
      return
    }
    #expect(refusal.code == .malformed)
    guard case .answer(.info(let info)) = connection.received(.success(.anyone(.getInfo))) else {
      Issue.record("no info")
      return
    }
    #expect(info.relayKey == Sample.relayKey)
  }

  @Test func `an answer to a sender holds nothing of the mailbox's state`() {
    let id = EnvelopeID(Sample.fixed(1))
    #expect(
      PutResult(PutAnswer(outcome: .stored(storedAt: 5, seq: 1)), envelopeID: id)
        == PutResult(PutAnswer(outcome: .stored(storedAt: 5, seq: 900)), envelopeID: id))
    #expect(
      PutResult(PutAnswer(outcome: .stored(storedAt: 5, seq: 1)), envelopeID: id)
        == PutResult(PutAnswer(outcome: .repeated(storedAt: 5)), envelopeID: id))
    #expect(PutResult(PutAnswer(outcome: .notAdmitted), envelopeID: id).event == BundleOutcome.notAdmitted.event)
  }
}
