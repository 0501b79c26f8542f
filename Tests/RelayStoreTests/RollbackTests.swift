import ByteLayout
import FoundationEssentials
import RelayCore
import RelayProofs
import RelayStore
import RelaySupport
import RelayWire
import TestSupport
import Testing

@Suite struct `Checkpoints of a store` {
  private func signed(_ page: MailboxPage) throws -> SignedCheckpoint {
    guard case .signed(let checkpoint) = page.checkpoint else { throw StoreError.damaged }
    return checkpoint
  }

  @Test(arguments: StoreUnderTest.allCases)
  func `are signed once for a head, and again after a minute`(kind: StoreUnderTest) async throws {
    let fixture = try kind.make()
    let store = try fixture.mailboxStore
    let mailbox = try await OpenMailbox(store)
    _ = try await store.put(try mailbox.envelope(1))
    let first = try signed(try await store.page(mailbox.mailbox, after: 0))
    #expect(first.isValid(relayKey: fixture.key.relayKey, mailbox: mailbox.mailbox))
    for after in [UInt64(0), 1, 1] {
      #expect(try signed(try await store.page(mailbox.mailbox, after: after)) == first)
    }
    #expect(fixture.key.count(of: MailboxLogLabel.checkpoint) == 1)
    _ = try await store.put(try mailbox.envelope(2))
    let second = try signed(try await store.page(mailbox.mailbox, after: 1))
    #expect(second.checkpoint.seq == 2)
    #expect(fixture.key.count(of: MailboxLogLabel.checkpoint) == 2)
    fixture.clock.advance(by: .seconds(60))
    let later = try signed(try await store.page(mailbox.mailbox, after: 2))
    #expect(later.checkpoint.head == second.checkpoint.head && later.checkpoint.at == second.checkpoint.at + 60)
    #expect(later.isValid(relayKey: fixture.key.relayKey, mailbox: mailbox.mailbox))
  }
}

/// A store whose files are set back to an old copy, and an owner who knows more.
@Suite struct `A rolled-back store` {
  private let first = Fence(generation: 1, nonce: FenceNonce(fixed(1)))
  private let second = Fence(generation: 2, nonce: FenceNonce(fixed(2)))

  /// Five envelopes, a copy of the files, five more and a move of the fence, then the copy again.
  ///
  /// - Returns: the checkpoint after ten.
  private func rollBack(_ fixture: StoreFixture, acknowledging: UInt64 = 0) async throws -> SignedCheckpoint {
    let mailbox = try await OpenMailbox(try fixture.mailboxStore)
    for number in 1...5 { _ = try await fixture.mailboxStore.put(try mailbox.envelope(number)) }
    if acknowledging > 0 { try await fixture.mailboxStore.acknowledge(mailbox.mailbox, upTo: acknowledging) }
    try await fixture.reopen()
    let copy = try Data(contentsOf: URL(filePath: fixture.directory + "/relay.sqlite"))
    _ = try await fixture.mailboxStore.open(mailbox.mailbox, first, next: second.nonce)
    for number in 6...10 { _ = try await fixture.mailboxStore.put(try mailbox.envelope(number)) }
    let page = try await fixture.mailboxStore.page(mailbox.mailbox, after: 0)
    try await fixture.replaceFiles(by: copy)
    guard case .signed(let checkpoint) = page.checkpoint else { throw StoreError.damaged }
    return checkpoint
  }

  private var mailbox: MailboxID { MailboxID(fixed(0x33)) }

  @Test func `says Fenced to an owner who shows no checkpoint`() async throws {
    let fixture = try StoreFixture()
    _ = try await rollBack(fixture)
    let outcome = try await fixture.mailboxStore.open(mailbox, second, next: FenceNonce(fixed(3)))
    #expect(outcome == .fenced)
  }

  @Test(arguments: [0, 3] as [UInt64])
  func `starts a new epoch behind the checkpoint, with the presented fence and all that waits`(
    acknowledged: UInt64
  ) async throws {
    let fixture = try StoreFixture()
    let checkpoint = try await rollBack(fixture, acknowledging: acknowledged)
    let store = try fixture.mailboxStore
    // What got a receipt from the restored store is not lost by the new epoch.
    let tag = AdmissionTag(fixed(0x66))
    let late = PutCommand(
      mailbox: mailbox, envelopeID: EnvelopeID(numbered(77)), tag: tag,
      envelope: try Envelope([UInt8](repeating: 77, count: 1_024)), retention: .week,
      deletionHash: DeletionHash(fixed(0x55)))
    #expect(try await store.put(late) == .stored(storedAt: 1_790_000_000, seq: 6))

    let outcome = try await store.open(
      mailbox, second, next: FenceNonce(fixed(3)), checkpoint: checkpoint)
    let reply = try #require(outcome.reply)
    let waiting = 6 - acknowledged
    #expect(reply.generation == 3 && reply.epoch == 2 && !reply.wasRepeat)
    #expect(reply.acknowledged == 10 && reply.head == 10 + waiting)
    let page = try await store.page(mailbox, after: 10)
    #expect(page.epoch == 2)
    #expect(page.seqs == Array(11...(10 + waiting)))
    #expect(page.envelopes.last?.envelopeID == late.envelopeID)
    var head = MailboxLog.start(
      relayKey: fixture.key.relayKey, mailbox: mailbox, epoch: 2, lastSeq: 10, lastHead: checkpoint.checkpoint.head)
    for envelope in page.envelopes {
      head = MailboxLog.head(after: head, envelope.leaf(envelopeHash: MailboxLog.hash(envelope.envelope)))
    }
    #expect(page.checkpoint.checkpoint.head == head)
    #expect(
      try StoreCheck.run(
        directory: fixture.directory, relayKey: fixture.key.relayKey, now: fixture.clock.now()
      ).isEmpty)
    // A retry of what the copy does not have is stored again; of what it has, not.
    #expect(try await store.put(late) == .repeated(storedAt: 1_790_000_000))
    try await store.acknowledge(mailbox, upTo: 10 + waiting)
    try await store.removeExpired()
    try await fixture.reopen()
    #expect(try await fixture.mailboxStore.page(mailbox, after: 10 + waiting).epoch == 2)
  }

  @Test func `starts one epoch only, however often the checkpoint is shown`() async throws {
    let fixture = try StoreFixture()
    let checkpoint = try await rollBack(fixture)
    let store = try fixture.mailboxStore
    let next = FenceNonce(fixed(3))
    #expect(try await store.open(mailbox, second, next: next, checkpoint: checkpoint).reply?.epoch == 2)
    let again = try await store.open(mailbox, second, next: next, checkpoint: checkpoint).reply
    #expect(again?.epoch == 2 && again?.wasRepeat == true)
    // A copy of the vault with its old fence is fenced, whatever checkpoint it shows.
    #expect(
      try await store.open(mailbox, second, next: FenceNonce(fixed(9)), checkpoint: checkpoint) == .fenced)
  }

  @Test func `that lost the whole mailbox goes on behind the checkpoint`() async throws {
    let fixture = try StoreFixture()
    let checkpoint = try await rollBack(fixture)
    try await fixture.mailboxStore.close(mailbox)
    let reply = try await fixture.mailboxStore.open(
      mailbox, second, next: FenceNonce(fixed(3)), checkpoint: checkpoint
    ).reply
    #expect(reply?.epoch == 2 && reply?.head == 10 && reply?.acknowledged == 10)
  }

  @Test func `believes no checkpoint that is not its own`() async throws {
    let fixture = try StoreFixture()
    let checkpoint = try await rollBack(fixture).checkpoint
    let other = try TestRelayKey(2)
    let unknown = MailboxID(fixed(0x44))
    let forged = [
      SignedCheckpoint(checkpoint: checkpoint, signature: try other.sign(checkpoint).signature),
      try other.sign(
        Checkpoint(
          relayKey: other.relayKey, mailbox: mailbox, epoch: 1, seq: 10, head: checkpoint.head, at: checkpoint.at)),
      try fixture.key.sign(
        Checkpoint(
          relayKey: fixture.key.relayKey, mailbox: unknown, epoch: 1, seq: 10, head: checkpoint.head,
          at: checkpoint.at)),
    ]
    for presented in forged {
      let outcome = try await fixture.mailboxStore.open(
        mailbox, second, next: FenceNonce(fixed(3)), checkpoint: presented)
      #expect(outcome == .fenced)
    }
    #expect(try await fixture.mailboxStore.page(mailbox, after: 0).epoch == 1)
  }

  @Test func `is none while it has the checkpoint, acknowledged and deleted places included`() async throws {
    let fixture = try StoreFixture()
    let open = try await OpenMailbox(try fixture.mailboxStore)
    let store = try fixture.mailboxStore
    for number in 1...6 { _ = try await store.put(try open.envelope(number)) }
    let pages = [
      try await store.page(open.mailbox, after: 0, limit: 2), try await store.page(open.mailbox, after: 0),
    ]
    try await store.acknowledge(open.mailbox, upTo: 4)
    try await store.removeExpired()
    for page in pages {
      guard case .signed(let checkpoint) = page.checkpoint else { throw StoreError.damaged }
      let reply = try await store.open(open.mailbox, first, next: .none, checkpoint: checkpoint).reply
      #expect(reply?.epoch == 1 && reply?.head == 6 && reply?.acknowledged == 4)
    }
  }
}
