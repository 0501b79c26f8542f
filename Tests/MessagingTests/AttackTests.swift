import Ambient
import ByteLayout
import KeyAgreement
import Messaging
import Primitives
import RelaySupport
import RelayWire
import SealedSender
import SecretMemory
import TestSupport
import Testing
import Vault
import Verification

@Suite struct AttackTests {
  @Test func `a replayed first message is a duplicate and costs no prekey`() throws {
    let pair = try Pair(introduced: false)
    _ = try pair.alice.core.addContact(invite: try pair.bob.invite(), as: "bob")
    try pair.alice.say("once", to: "bob")
    try pair.alice.sendAll()
    let seen = try pair.bob.waiting()
    #expect(try LyingRelay.deliver(seen, to: pair.bob).accepted == 2)
    let again = try LyingRelay.deliver(seen, to: pair.bob, times: 5)
    #expect(again.accepted == 0 && again.duplicates == 10)
    #expect(try pair.bob.transcript(with: "Alice") == ["<once"])
    #expect(try pair.bob.core.contacts().count == 1)
  }

  @Test func `an old chain's message replayed ten thousand times is shown once`() throws {
    let pair = try Pair()
    try pair.alice.say("early", to: "bob")
    try pair.alice.sendAll()
    let early = try #require(try pair.bob.waiting().last)
    try pair.settle()
    for round in 0..<3 {
      try pair.bob.say("b\(round)", to: "Alice")
      try pair.settle()
      try pair.alice.say("a\(round)", to: "bob")
      try pair.settle()
    }
    let report = try LyingRelay.deliver([early], to: pair.bob, times: 10_000)
    #expect(report.duplicates == 10_000 && report.accepted == 0 && report.undecryptable == 0)
    try pair.alice.say("after", to: "bob")
    try pair.bob.receiveAllBeyondLies(pair.alice)
    #expect(try pair.bob.transcript(with: "Alice").filter { $0 == "<early" }.count == 1)
    #expect(try pair.bob.transcript(with: "Alice").last == "<after")
  }

  @Test func `an envelope copied to another mailbox or under another id has no effect`() throws {
    let pair = try Pair()
    try pair.alice.say("for bob", to: "bob")
    try pair.alice.sendAll()
    let stored = try #require(try pair.bob.waiting().last)
    let other = EnvelopeID(try FixedBytes([UInt8](repeating: 9, count: 16)))
    let underOtherID = try pair.bob.core.receive(
      try LyingRelay.page(for: pair.bob, [(id: other, envelope: stored.envelope)]), mailbox: try pair.bob.mailbox.id)
    #expect(underOtherID.dropped == 1)
    let elsewhere = try pair.alice.core.receive(
      try LyingRelay.page(for: pair.alice, [(id: stored.envelopeID, envelope: stored.envelope)]),
      mailbox: try pair.alice.mailbox.id)
    #expect(elsewhere.dropped == 1)
    #expect(try pair.bob.transcript(with: "Alice").isEmpty)
  }

  @Test func `a forged sealed sender has no effect, starts no handshake and uses no prekey`() throws {
    let pair = try Pair()
    let alice = try pair.alice.core.ownAccount()
    let bob = try pair.bob.mailbox
    let bundleReply = try #require(try pair.bobsBundle())
    let randomness = SeededRandomness("forger")
    let forger = try X25519KeyPair(from: randomness)
    let sender = SealedSenderIdentity(
      account: alice.accountID, device: alice.device, deviceKey: VerifyingKey(alice.deviceKey))
    let before = try pair.bob.relay.oneTimeLeft(bob.mailbox)
    for kind in [EnvelopeKind.sessionMessage, .sessionStart, .senderKeyMessage, .ephemeral] {
      let id: FixedBytes<16> = randomness.fixed()
      let envelope = try SealedEnvelope.seal(
        payload: [UInt8](repeating: 1, count: 300), kind: kind, sender: sender, senderAgreementKeyPair: forger,
        mailbox: bob.mailbox.bytes, envelopeID: id, sealID: bundleReply.sealID, sealKey: bundleReply.sealKey,
        sealSecret: nil, randomness: randomness)
      let report = try pair.bob.core.receive(
        try LyingRelay.page(for: pair.bob, [(id: EnvelopeID(id), envelope: try Envelope(envelope))]),
        mailbox: bob.id)
      #expect(report.dropped == 1 && report.accepted == 0 && report.undecryptable == 0)
    }
    #expect(try pair.bob.relay.oneTimeLeft(bob.mailbox) == before)
    #expect(try pair.bob.core.contacts().count == 1)
    #expect(try pair.bob.core.outboxCount() == 0)
  }

  @Test func `every tampered byte of a waiting envelope is refused and the true one still opens`() throws {
    let pair = try Pair()
    try pair.alice.say("intact", to: "bob")
    try pair.alice.sendAll()
    let stored = try #require(try pair.bob.waiting().last)
    var lies: [(id: EnvelopeID, envelope: Envelope)] = []
    for index in stride(from: 0, to: stored.envelope.bytes.count, by: 3) {
      var bytes = stored.envelope.bytes
      bytes[index] ^= 0x40
      lies.append((id: stored.envelopeID, envelope: try Envelope(bytes)))
    }
    let report = try pair.bob.core.receive(
      try LyingRelay.page(for: pair.bob, lies), mailbox: try pair.bob.mailbox.id)
    #expect(report.dropped == lies.count)
    #expect(try LyingRelay.deliver([stored], to: pair.bob).accepted == 1)
    #expect(try pair.bob.transcript(with: "Alice") == ["<intact"])
  }

  @Test func `a bundle that is not the account's is refused and changes nothing`() throws {
    let pair = try Pair(introduced: false)
    let mallory = try Party("Mallory", relay: pair.bob.relay, clock: pair.clock)
    try mallory.goOnline()
    let link = try pair.bob.invite()
    let summary = try pair.alice.core.addContact(invite: link, as: "bob")
    guard case .fetchBundle(let fetch) = try #require(try pair.alice.core.nextSenderWork()) else {
      Issue.record("the first work of a new contact is its bundle")
      return
    }
    let honest = try pair.bob.relay.fetchBundle(fetch.command)
    let malloryLink = try InviteLink(text: try mallory.invite())
    let lie = try mallory.relay.fetchBundle(
      FetchBundleCommand(
        mailbox: MailboxID(malloryLink.mailbox), tag: AdmissionTag(try malloryLink.tag())))
    let mixtures = [
      lie,
      try BundleReply(lists: lie.lists, bundle: honest.bundle, oneTime: honest.oneTime),
      try BundleReply(lists: honest.lists, bundle: lie.bundle, oneTime: honest.oneTime),
      try BundleReply(lists: honest.lists, bundle: honest.bundle, oneTime: lie.oneTime),
    ]
    for reply in mixtures {
      #expect(throws: MessagingError.self) {
        try pair.alice.core.bundleFetched(fetch, reply: reply, relayKey: pair.bob.relay.relayKey)
      }
    }
    // The right answer from another relay than the list names is refused too.
    #expect(throws: MessagingError.notAuthentic(what: "route")) {
      try pair.alice.core.bundleFetched(
        fetch, reply: honest, relayKey: RelayKey(try FixedBytes([UInt8](repeating: 77, count: 32))))
    }
    #expect(try pair.alice.core.contact(named: "bob").status == .adding)
    #expect(summary.status == .adding)
    try pair.alice.core.bundleFetched(fetch, reply: honest, relayKey: pair.bob.relay.relayKey)
    #expect(try pair.alice.core.contact(named: "bob").status == .accepted)
  }

  @Test func `a one-time prekey that was handed out twice serves one session only`() throws {
    let pair = try Pair(introduced: false)
    let carol = try Party("Carol", relay: pair.bob.relay, clock: pair.clock)
    carol.network = pair.alice.network
    try carol.goOnline()
    _ = try pair.alice.core.addContact(invite: try pair.bob.invite(), as: "bob")
    _ = try carol.core.addContact(invite: try pair.bob.invite(), as: "bob")
    guard case .fetchBundle(let first) = try #require(try pair.alice.core.nextSenderWork()),
      case .fetchBundle(let second) = try #require(try carol.core.nextSenderWork())
    else {
      Issue.record("the first work of a new contact is its bundle")
      return
    }
    let reply = try pair.bob.relay.fetchBundle(first.command)
    try pair.alice.core.bundleFetched(first, reply: reply, relayKey: pair.bob.relay.relayKey)
    try carol.core.bundleFetched(second, reply: reply, relayKey: pair.bob.relay.relayKey)
    try pair.alice.sendAll()
    try carol.sendAll()
    let report = try pair.bob.receiveAll()
    #expect(report.accepted == 1 && report.undecryptable == 1)
    #expect(try pair.bob.core.contacts().map(\.name) == ["Alice"])
  }

  @Test func `someone without a valid invite token becomes nobody`() throws {
    let pair = try Pair(introduced: false)
    let carol = try Party("Carol", relay: pair.bob.relay, clock: pair.clock)
    carol.network = pair.alice.network
    try carol.goOnline()
    let link = try pair.bob.invite()
    _ = try pair.alice.core.addContact(invite: link, as: "bob")
    _ = try carol.core.addContact(invite: link, as: "bob")
    try pair.alice.sendAll()
    try pair.bob.receiveAll()
    try carol.sendAll()
    let report = try pair.bob.receiveAll()
    #expect(report.accepted == 0 && report.dropped == 1)
    #expect(try pair.bob.core.contacts().map(\.name) == ["Alice"])
  }

  @Test func `a first message 44 days late still opens, and one after its keys are gone does not`() throws {
    for (days, expected) in [(44, 1), (60, 0)] {
      let pair = try Pair(introduced: false)
      _ = try pair.alice.core.addContact(invite: try pair.bob.invite(), as: "bob")
      try pair.alice.sendAll()
      let waiting = try pair.bob.waiting()
      // Bob's node goes on: it rotates its keys every week, but this envelope reaches it late.
      for _ in 0..<days {
        pair.clock.advance(by: .seconds(86_400))
        try pair.bob.goOnline()
      }
      let report = try LyingRelay.deliver(waiting, to: pair.bob)
      #expect(report.accepted == expected, "after \(days) days")
      #expect(report.undecryptable == 1 - expected, "after \(days) days")
    }
  }

  @Test func `a copied vault started beside the original is fenced and sends nothing`() throws {
    let pair = try Pair()
    let copy = try Party(copyOf: pair.alice)
    try pair.alice.goOnline()
    try copy.say("from the copy", to: "bob")
    #expect(throws: MessagingError.vaultCopied) { try copy.goOnline() }
    #expect(throws: MessagingError.vaultCopied) { try copy.sendAll() }
    #expect(try copy.core.isCopied())
    #expect(try copy.core.events(after: 0).filter { $0.kind == .vaultCopied }.count == 1)
    #expect(throws: MessagingError.vaultCopied) { try copy.goOnline() }
    #expect(try copy.core.events(after: 0).filter { $0.kind == .vaultCopied }.count == 1)
    try pair.alice.say("from the original", to: "bob")
    try pair.settle()
    #expect(try pair.bob.transcript(with: "Alice") == ["<from the original"])
  }

  @Test func `an older state of a vault is fenced as well`() throws {
    let pair = try Pair()
    let snapshot = try Party(copyOf: pair.alice)
    for round in 0..<3 {
      try pair.alice.say("\(round)", to: "bob")
      try pair.settle()
    }
    #expect(throws: MessagingError.vaultCopied) { try snapshot.goOnline() }
  }

  @Test func `a page that does not follow the cursor is refused`() throws {
    let pair = try Pair()
    try pair.alice.say("one", to: "bob")
    try pair.alice.sendAll()
    let page = try pair.bob.relay.page(pair.bob.mailbox.mailbox, after: try pair.bob.mailbox.cursor)
    let id = try pair.bob.mailbox.id
    #expect(try pair.bob.core.receive(page, mailbox: id).accepted == 1)
    // The same page again: everything in it is behind the cursor.
    #expect(try pair.bob.core.receive(page, mailbox: id).accepted == 0)
    let ahead = try MailboxPage(
      mailbox: page.mailbox, after: page.end + 1, items: [],
      checkpoint: .unsigned(
        Checkpoint(
          relayKey: pair.bob.relay.relayKey, mailbox: page.mailbox, epoch: 1, seq: page.end + 1, head: FixedBytes(),
          at: 0)),
      more: false, head: page.end + 1, epoch: 1)
    #expect(throws: MessagingError.notAuthentic(what: "page")) {
      try pair.bob.core.receive(ahead, mailbox: id)
    }
  }
}

extension Party {
  /// Receives what `sender` has to say, after a lying relay has moved the cursor past the real head.
  func receiveAllBeyondLies(_ sender: Party) throws {
    var taken: [PutCommand] = []
    sender.letsThrough = { command in
      taken.append(command)
      return false
    }
    try sender.sendAll()
    let page = try LyingRelay.page(for: self, taken.map { (id: $0.envelopeID, envelope: $0.envelope) })
    _ = try core.receive(page, mailbox: try mailbox.id)
  }
}

extension Pair {
  /// Bob's sealing key, as anyone with an invite can read it.
  func bobsBundle() throws -> PrekeyBundle? {
    let link = try InviteLink(text: try bob.invite())
    let reply = try bob.relay.fetchBundle(
      FetchBundleCommand(mailbox: MailboxID(link.mailbox), tag: AdmissionTag(try link.tag())))
    let lists = try DeviceLists(
      verifying: try PublishedItem.open(
        reply.lists.bytes, kind: .lists, account: link.account, mailbox: link.mailbox), account: link.account)
    return try lists.current.entries.first.map { entry in
      try PrekeyBundle(
        verifying: try PublishedItem.open(
          reply.bundle.bytes, kind: .bundle, account: link.account, mailbox: link.mailbox), account: link.account,
        entry: entry)
    }
  }
}
