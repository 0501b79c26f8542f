import ByteLayout
import Messaging
import RelayProofs
import RelaySupport
import RelayWire
import TestSupport
import Testing
import Verification

/// What a relay of one's own can lie about in its log (C7), and what comes of each lie.
@Suite struct RelayLieTests {
  /// Bob has a message, and three more wait for him; nothing is lost by whatever `lie` makes of them.
  private func refuses(
    _ kind: RelayMisbehaviour, _ lie: (Party, MailboxPage) throws -> MailboxPage
  ) throws {
    let pair = try Pair()
    let bob = pair.bob
    try pair.alice.say("seen", to: "bob")
    try pair.settle()
    for text in ["one", "two", "three"] { try pair.alice.say(text, to: "bob") }
    try pair.alice.sendAll()
    let mailbox = try bob.mailbox
    let page = try bob.relay.page(mailbox.mailbox, after: mailbox.cursor)
    #expect(page.items.count == 3)
    let known = try #require(try bob.core.lastCheckpoint(mailbox: mailbox.id))
    let lying = try lie(bob, page)
    for _ in 1...3 {
      #expect(throws: MessagingError.relayMisbehaved(kind)) { try bob.core.receive(lying, mailbox: mailbox.id) }
    }
    // Nothing of it was committed, and what there was stays.
    #expect(try bob.mailbox == mailbox)
    #expect(try bob.core.lastCheckpoint(mailbox: mailbox.id) == known)
    #expect(try bob.transcript(with: "Alice") == ["<seen"])
    // One event, and the two checkpoints as evidence, also after a restart.
    try bob.restart()
    #expect(try bob.core.events(after: 0).filter { $0.kind == .relayMisbehaved }.count == 1)
    let evidence = try bob.core.relayEvidence()
    #expect(evidence.map(\.kind) == [kind])
    #expect(evidence.first?.known == known)
    #expect(evidence.first?.shown == lying.checkpoint.bytes)
    #expect(evidence.first?.mailbox == mailbox.id)
    // The truth is taken afterwards, once.
    #expect(try bob.core.receive(page, mailbox: mailbox.id).accepted == 3)
    #expect(try bob.transcript(with: "Alice") == ["<seen", "<one", "<two", "<three"])
  }

  /// A page with these items, under a checkpoint that the relay's own key signed.
  private func page(
    _ party: Party, like page: MailboxPage, _ items: [MailboxItem], head: FixedBytes<32>? = nil, seq: UInt64? = nil,
    logHead: UInt64? = nil, after: UInt64? = nil, epoch: UInt32? = nil
  ) throws -> MailboxPage {
    let seq = seq ?? items.last?.seq ?? page.after
    let checkpoint = Checkpoint(
      relayKey: party.relay.relayKey, mailbox: page.mailbox, epoch: epoch ?? page.epoch, seq: seq,
      head: head ?? page.checkpoint.checkpoint.head, at: page.checkpoint.checkpoint.at + 1)
    return try MailboxPage(
      mailbox: page.mailbox, after: after ?? page.after, items: items,
      checkpoint: .signed(try party.relay.key.sign(checkpoint)), more: false, head: logHead ?? seq,
      epoch: epoch ?? page.epoch)
  }

  private func renumbered(_ item: MailboxItem, as seq: UInt64) throws -> MailboxItem {
    guard case .envelope(let stored) = item else { return item }
    return .envelope(
      StoredEnvelope(
        seq: seq, envelopeID: stored.envelopeID, envelope: stored.envelope, storedAt: stored.storedAt,
        expiresAt: stored.expiresAt, deletionHash: stored.deletionHash))
  }

  private func gap(_ item: MailboxItem, _ reason: LogGap.Reason) throws -> MailboxItem {
    guard case .envelope(let stored) = item else { return item }
    return .gap(LogGap(leaf: stored.leaf(envelopeHash: MailboxLog.hash(stored.envelope)), reason: reason))
  }

  @Test func `reordered envelopes are refused`() throws {
    try refuses(.brokenChain) { bob, page in
      let items = [
        try renumbered(page.items[1], as: page.after + 1), try renumbered(page.items[0], as: page.after + 2),
        page.items[2],
      ]
      return try self.page(bob, like: page, items)
    }
  }

  @Test func `an exchanged envelope is refused`() throws {
    try refuses(.brokenChain) { bob, page in
      let items = [page.items[0], try renumbered(page.items[0], as: page.after + 2), page.items[2]]
      return try self.page(bob, like: page, items)
    }
  }

  @Test func `an envelope left out is refused, also at the end`() throws {
    try refuses(.brokenChain) { bob, page in try self.page(bob, like: page, Array(page.items.dropLast())) }
    try refuses(.brokenChain) { bob, page in
      let items = [page.items[0], try renumbered(page.items[2], as: page.after + 2)]
      return try self.page(bob, like: page, items)
    }
  }

  @Test func `a gap without a reason is refused`() throws {
    try refuses(.unexplainedGap) { bob, page in
      try self.page(bob, like: page, [page.items[0], try gap(page.items[1], .expired), page.items[2]])
    }
    try refuses(.unexplainedGap) { bob, page in
      let token = DeletionToken(FixedBytes())
      return try self.page(
        bob, like: page, [page.items[0], try gap(page.items[1], .retracted(token)), page.items[2]])
    }
  }

  @Test func `a checkpoint without the relay's signature is refused`() throws {
    try refuses(.unsigned) { _, page in
      try MailboxPage(
        mailbox: page.mailbox, after: page.after, items: page.items,
        checkpoint: .unsigned(page.checkpoint.checkpoint), more: page.more, head: page.head, epoch: page.epoch)
    }
    try refuses(.badSignature) { _, page in
      let forged = try TestRelayKey(9).sign(page.checkpoint.checkpoint)
      return try MailboxPage(
        mailbox: page.mailbox, after: page.after, items: page.items, checkpoint: .signed(forged), more: page.more,
        head: page.head, epoch: page.epoch)
    }
  }

  @Test func `a log that ends before what was seen is refused`() throws {
    try refuses(.truncated) { bob, page in
      try self.page(bob, like: page, [], head: FixedBytes(), seq: page.after - 1, logHead: page.after - 1)
    }
  }

  @Test func `another head for a place that was signed before is refused, and both signatures are kept`() throws {
    try refuses(.conflictingCheckpoints) { bob, page in
      try self.page(bob, like: page, [], head: FixedBytes(), seq: page.after, logHead: page.after)
    }
  }

  @Test func `a new epoch that does not go on from the last checkpoint is refused`() throws {
    try refuses(.brokenChain) { bob, page in
      try self.page(bob, like: page, page.items, epoch: page.epoch + 1)
    }
  }

  @Test func `an earlier epoch is refused`() throws {
    let pair = try Pair()
    let bob = pair.bob
    let copy = try bob.relay.backup()
    try pair.alice.say("one", to: "bob")
    try pair.settle()
    let old = try bob.relay.page(try bob.mailbox.mailbox, after: try bob.mailbox.cursor)
    try bob.relay.restore(copy)
    try bob.goOnline()
    try bob.receiveAll()
    #expect(throws: MessagingError.relayMisbehaved(.wrongEpoch)) {
      try bob.core.receive(old, mailbox: try bob.mailbox.id)
    }
  }

  @Test func `an expired gap is accepted, and a late page says nothing`() throws {
    let pair = try Pair()
    let bob = pair.bob
    for text in ["one", "two"] { try pair.alice.say(text, to: "bob") }
    try pair.alice.sendAll()
    pair.clock.advance(by: .seconds(31 * 86_400))
    let page = try bob.relay.page(try bob.mailbox.mailbox, after: try bob.mailbox.cursor)
    #expect(
      page.items.allSatisfy { item in
        if case .gap = item { return true }
        return false
      })
    let id = try bob.mailbox.id
    let report = try bob.core.receive(page, mailbox: id)
    #expect(report.acknowledgeUpTo == page.end)
    #expect(try bob.core.receive(page, mailbox: id).acknowledgeUpTo == page.end)
    #expect(try bob.core.relayEvidence().isEmpty)
  }
}
