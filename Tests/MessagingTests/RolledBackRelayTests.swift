import ByteLayout
import FoundationEssentials
import Messaging
import RelayProofs
import RelaySupport
import RelayWire
import TestSupport
import Testing
import Verification

/// A relay whose operator puts an old copy of the store in place (Protocol §6, "Rolled-back relays").
@Suite struct RolledBackRelayTests {
  @Test func `a restored relay starts a new epoch, its owner is told and shows nothing twice`() throws {
    let pair = try Pair()
    let (alice, bob) = (pair.alice, pair.bob)
    try alice.say("one", to: "bob")
    try alice.sendAll()
    // The copy holds "one" unread; bob reads it and more from the relay that lives on.
    let copy = try bob.relay.backup()
    try bob.receiveAll()
    try alice.say("two", to: "bob")
    try pair.settle()
    let before = try #require(try bob.core.lastCheckpoint(mailbox: try bob.mailbox.id)).checkpoint
    #expect(before.epoch == 1)

    try bob.relay.restore(copy)
    try bob.goOnline()
    #expect(try !bob.core.isCopied())
    let report = try bob.receiveAll()
    #expect(report.accepted == 0 && report.duplicates > 0)
    #expect(try bob.transcript(with: "Alice") == ["<one", "<two"])
    let after = try #require(try bob.core.lastCheckpoint(mailbox: try bob.mailbox.id)).checkpoint
    #expect(after.epoch == 2 && after.seq > before.seq)
    #expect(try bob.core.events(after: 0).filter { $0.kind == .relayMisbehaved }.count == 1)
    let evidence = try #require(try bob.core.relayEvidence().first)
    #expect(evidence.kind == .rolledBack)
    #expect(evidence.known?.checkpoint == before)
    #expect(try SignedCheckpoint(Data(evidence.shown)).checkpoint.epoch == 2)

    try alice.goOnline()
    try alice.say("three", to: "bob")
    try pair.settle()
    #expect(try bob.transcript(with: "Alice") == ["<one", "<two", "<three"])
    try bob.goOnline()
    #expect(try bob.core.lastCheckpoint(mailbox: try bob.mailbox.id)?.checkpoint.epoch == 2)
    #expect(try bob.core.relayEvidence().count == 1)
  }

  @Test func `a copied vault is still told from its original while its relay is whole`() throws {
    let pair = try Pair()
    let snapshot = try Party(copyOf: pair.bob)
    try pair.alice.say("later", to: "bob")
    try pair.settle()
    #expect(throws: MessagingError.vaultCopied) { try snapshot.goOnline() }
    #expect(try pair.bob.mailbox.cursor > 0)
  }

  @Test func `an empty mailbox that is restored away is known by its first checkpoint`() throws {
    let relay = try InProcessRelay(clock: ManualClock())
    let copy = try relay.backup()
    let party = try Party("Alice", relay: relay, clock: ManualClock())
    try party.goOnline()
    try party.receiveAll()
    try relay.restore(copy)
    try party.goOnline()
    try party.receiveAll()
    #expect(try party.core.relayEvidence().map(\.kind) == [.rolledBack])
    #expect(try party.core.lastCheckpoint(mailbox: try party.mailbox.id)?.checkpoint.epoch == 2)
  }

  @Test func `a restored relay gets invites and slots again, and hands no one-time prekey out twice`() throws {
    let pair = try Pair(twoRelays: true)
    let bob = pair.bob
    func newcomer(_ name: String, _ link: String) throws -> Party {
      let party = try Party(name, relay: pair.alice.relay, clock: pair.clock)
      party.network[bob.host] = bob.relay
      try party.goOnline()
      _ = try party.core.addContact(invite: link, as: "bob")
      try party.say("hello", to: "bob")
      try party.sendAll()
      return party
    }
    let copy = try bob.relay.backup()
    let link = try bob.invite()
    // Carol takes a one-time prekey that the copy still has, and a slot.
    let carol = try newcomer("Carol", try bob.invite())
    try bob.receiveAll()
    try bob.relay.restore(copy)
    try bob.goOnline()
    try bob.receiveAll()
    try bob.goOnline()
    let dave = try newcomer("Dave", link)
    #expect(try dave.states(with: "bob") == [.stored])
    try bob.receiveAll()
    #expect(try bob.transcript(with: "Dave") == ["<hello"])
    try bob.sendAll()
    try carol.receiveAll()
    try carol.say("still here", to: "bob")
    try carol.sendAll()
    try bob.receiveAll()
    #expect(try bob.transcript(with: "Carol") == ["<hello", "<still here"])
  }
}

/// Stored receipts at the sender (C8).
@Suite struct StoredProofTests {
  /// Alice's next put to bob, and the receipt that the relay gives for it.
  private func putWork(_ pair: Pair) throws -> (PutWork, StoredReceipt) {
    try pair.alice.say("hello", to: "bob")
    guard case .put(let work) = try #require(try pair.alice.core.nextSenderWork()) else {
      throw MessagingError.notAuthentic(what: "work")
    }
    return (work, try pair.bob.relay.put(work.command))
  }

  @Test func `a receipt that proves nothing is no answer, and the same bytes go again`() throws {
    let pair = try Pair()
    let (work, honest) = try putWork(pair)
    let proof = try StoredReceiptProof([UInt8](honest.proof))
    let other = try TestRelayKey(9)
    let forgedRoot = StoredRoot(
      relayKey: other.relayKey, at: proof.root.at, count: proof.root.count, treeRoot: proof.root.treeRoot)
    let lies = [
      StoredReceipt(envelopeID: honest.envelopeID, storedAt: honest.storedAt),
      StoredReceipt(envelopeID: honest.envelopeID, storedAt: honest.storedAt + 1, proof: honest.proof),
      StoredReceipt(envelopeID: EnvelopeID(FixedBytes()), storedAt: honest.storedAt, proof: honest.proof),
      StoredReceipt(
        envelopeID: honest.envelopeID, storedAt: honest.storedAt,
        proof: Data(
          StoredReceiptProof(root: proof.root, signature: proof.signature, index: 1, path: proof.path).bytes)),
      StoredReceipt(
        envelopeID: honest.envelopeID, storedAt: honest.storedAt,
        proof: Data(
          StoredReceiptProof(
            root: forgedRoot,
            signature: .init(try #require(other.signature(label: StoredRoot.label, body: forgedRoot.bytes))),
            index: proof.index, path: proof.path
          ).bytes)),
    ]
    for lie in lies {
      #expect(throws: MessagingError.notAuthentic(what: "receipt")) {
        try pair.alice.core.putStored(work, receipt: lie)
      }
      #expect(try pair.alice.states(with: "bob") == [.queued])
    }
    try pair.alice.core.senderWorkFailed(.put(work), .notAuthentic)
    #expect(try pair.alice.core.outboxCount() == 1)
    pair.clock.advance(by: .seconds(3))
    guard case .put(let again) = try #require(try pair.alice.core.nextSenderWork()) else {
      Issue.record("the put is due again")
      return
    }
    #expect(again.command.envelope == work.command.envelope && again.command.envelopeID == work.command.envelopeID)
    let receipt = try pair.bob.relay.put(again.command)
    #expect(receipt.storedAt == honest.storedAt)
    try pair.alice.core.putStored(again, receipt: receipt)
    #expect(try pair.alice.states(with: "bob") == [.stored])
    try pair.bob.receiveAll()
    #expect(try pair.bob.transcript(with: "Alice") == ["<hello"])
  }

  @Test func `the receipt of another envelope is no answer`() throws {
    let pair = try Pair()
    let (work, honest) = try putWork(pair)
    try pair.alice.core.putStored(work, receipt: honest)
    try pair.alice.say("second", to: "bob")
    guard case .put(let second) = try #require(try pair.alice.core.nextSenderWork()) else {
      Issue.record("the second put is due")
      return
    }
    let renamed = StoredReceipt(
      envelopeID: second.command.envelopeID, storedAt: honest.storedAt, proof: honest.proof)
    for lie in [honest, renamed] {
      #expect(throws: MessagingError.notAuthentic(what: "receipt")) {
        try pair.alice.core.putStored(second, receipt: lie)
      }
    }
    #expect(try pair.alice.states(with: "bob") == [.stored, .queued])
  }
}
