import Ambient
import ByteLayout
import Messaging
import RelaySupport
import RelayWire
import TestSupport
import Testing

@Suite struct ConversationTests {
  @Test func `two accounts meet by an invite and talk both ways`() throws {
    let pair = try Pair()
    try pair.alice.say("Grüße aus Köln 🌧", to: "bob")
    try pair.settle()
    try pair.bob.say("und zurück", to: "Alice")
    try pair.settle()
    #expect(try pair.alice.transcript(with: "bob") == [">Grüße aus Köln 🌧", "<und zurück"])
    #expect(try pair.bob.transcript(with: "Alice") == ["<Grüße aus Köln 🌧", ">und zurück"])
  }

  @Test func `a contact that nobody named takes the name it introduces itself with, and a chosen name stays`() throws {
    let pair = try Pair(introduced: false)
    let carol = try Party("Carol", relay: pair.bob.relay, clock: pair.clock)
    carol.network = pair.alice.network
    try carol.goOnline()
    #expect(try pair.alice.core.addContact(invite: try pair.bob.invite(), as: nil).name == "contact")
    _ = try carol.core.addContact(invite: try pair.bob.invite(), as: "Robert")
    for _ in 0..<2 {
      try carol.sendAll()
      try carol.receiveAll()
      try pair.settle()
    }
    try carol.receiveAll()
    #expect(try pair.alice.core.contacts().map(\.name) == ["Bob"])
    #expect(try carol.core.contacts().map(\.name) == ["Robert"])
  }

  @Test func `a file arrives byte for byte with its cleaned name`() throws {
    let pair = try Pair()
    let bytes = (0..<40_960).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    _ = try pair.alice.core.send(
      text: "see", file: AttachedFile(name: "../../etc/photo.png", mime: "image/png", bytes: bytes),
      to: try pair.alice.core.contact(named: "bob").id)
    try pair.settle()
    let message = try #require(
      try pair.bob.core.messages(with: try pair.bob.core.contact(named: "Alice").id).first)
    #expect(
      message.body == .file(caption: "see", AttachedFile(name: "photo.png", mime: "image/png", bytes: bytes)))
  }

  @Test func `a message goes from queued to stored, delivered and read`() throws {
    let pair = try Pair()
    try pair.alice.say("hello", to: "bob")
    #expect(try pair.alice.states(with: "bob") == [.queued])
    try pair.alice.sendAll()
    #expect(try pair.alice.states(with: "bob") == [.stored])
    try pair.settle()
    #expect(try pair.alice.states(with: "bob") == [.delivered])
    let incoming = try pair.bob.core.messages(with: try pair.bob.core.contact(named: "Alice").id)
    try pair.bob.core.markRead(incoming.map(\.id))
    try pair.settle()
    #expect(try pair.alice.states(with: "bob") == [.read])
    let sent = try #require(try pair.alice.core.messages(with: try pair.alice.core.contact(named: "bob").id).first)
    #expect(sent.storedAt != nil && sent.deliveredAt != nil && sent.readAt != nil)
  }

  @Test func `two nodes at two relays reach each other`() throws {
    let pair = try Pair(twoRelays: true)
    try pair.alice.say("over there", to: "bob")
    try pair.bob.say("over here", to: "Alice")
    try pair.settle()
    #expect(Set(try pair.bob.transcript(with: "Alice")) == ["<over there", ">over here"])
    #expect(try pair.alice.states(with: "bob") == [.delivered])
  }

  @Test func `text over 48 KiB and content over 56 KiB are refused and change nothing`() throws {
    let pair = try Pair()
    let bob = try pair.alice.core.contact(named: "bob").id
    #expect(throws: MessagingError.tooLarge(limit: 49_152, actual: 49_153)) {
      try pair.alice.core.send(text: String(repeating: "a", count: 49_153), file: nil, to: bob)
    }
    #expect(throws: MessagingError.self) {
      try pair.alice.core.send(
        text: "", file: AttachedFile(name: "a", mime: "a/b", bytes: [UInt8](repeating: 1, count: 57_344)), to: bob)
    }
    #expect(throws: MessagingError.emptyMessage) { try pair.alice.core.send(text: "", file: nil, to: bob) }
    #expect(throws: MessagingError.emptyMessage) { try pair.alice.core.send(text: "\u{7}", file: nil, to: bob) }
    #expect(try pair.alice.core.messages(with: bob).isEmpty)
    #expect(try pair.alice.core.outboxCount() == 0)
  }

  @Test func `a second message before the answer repeats the session start and both arrive`() throws {
    let pair = try Pair(introduced: false)
    _ = try pair.alice.core.addContact(invite: try pair.bob.invite(), as: "bob")
    try pair.alice.say("one", to: "bob")
    try pair.alice.say("two", to: "bob")
    try pair.alice.sendAll()
    #expect(try pair.bob.waiting().count == 3)
    let before = try pair.bob.relay.oneTimeLeft(pair.bob.mailbox.mailbox)
    let report = try pair.bob.receiveAll()
    #expect(report.accepted == 3 && report.duplicates == 0)
    #expect(try pair.bob.transcript(with: "Alice") == ["<one", "<two"])
    #expect(try pair.bob.relay.oneTimeLeft(pair.bob.mailbox.mailbox) == before)
  }

  @Test func `both sides starting at once end on one session and lose nothing`() throws {
    let pair = try Pair(introduced: false)
    let forBob = try pair.bob.invite()
    let forAlice = try pair.alice.invite()
    _ = try pair.alice.core.addContact(invite: forBob, as: "bob")
    _ = try pair.bob.core.addContact(invite: forAlice, as: "alice")
    try pair.alice.say("a1", to: "bob")
    try pair.bob.say("b1", to: "alice")
    try pair.alice.sendAll()
    try pair.bob.sendAll()
    try pair.settle()
    for round in 2...4 {
      try pair.alice.say("a\(round)", to: "bob")
      try pair.bob.say("b\(round)", to: "alice")
      try pair.settle()
    }
    #expect(Set(try pair.alice.transcript(with: "bob")) == [">a1", ">a2", ">a3", ">a4", "<b1", "<b2", "<b3", "<b4"])
    #expect(Set(try pair.bob.transcript(with: "alice")) == ["<a1", "<a2", "<a3", "<a4", ">b1", ">b2", ">b3", ">b4"])
    #expect(try pair.alice.states(with: "bob").allSatisfy { $0 == .delivered })
    #expect(try pair.bob.states(with: "alice").allSatisfy { $0 == .delivered })
  }

  @Test func `the safety number is the same on both sides`() throws {
    let pair = try Pair()
    let left = try pair.alice.core.safetyNumber(contact: try pair.alice.core.contact(named: "bob").id)
    let right = try pair.bob.core.safetyNumber(contact: try pair.bob.core.contact(named: "Alice").id)
    #expect(left == right)
    #expect(left.count == 60 && left.allSatisfy(\.isNumber))
  }

  @Test func `two thousand lost typing notices cost the next text nothing`() throws {
    let pair = try Pair()
    let bob = try pair.alice.core.contact(named: "bob").id
    for _ in 0..<2_000 { _ = try #require(try pair.alice.core.typing(true, to: bob)) }
    try pair.alice.say("still here", to: "bob")
    try pair.settle()
    #expect(try pair.bob.transcript(with: "Alice") == ["<still here"])
  }

  @Test func `a typing notice is told once, and not when it is old`() throws {
    let pair = try Pair()
    let work = try #require(try pair.alice.core.typing(true, to: try pair.alice.core.contact(named: "bob").id))
    let delivery = EphemeralDelivery(
      mailbox: work.command.mailbox, envelopeID: work.command.envelopeID, envelope: work.command.envelope)
    let mailbox = try pair.bob.mailbox.id
    let alice = try pair.bob.core.contact(named: "Alice").id
    #expect(
      try pair.bob.core.receiveEphemeral(delivery, mailbox: mailbox) == .typing(contact: alice, isTyping: true))
    #expect(try pair.bob.core.receiveEphemeral(delivery, mailbox: mailbox) == nil)
    let late = try #require(try pair.alice.core.typing(false, to: try pair.alice.core.contact(named: "bob").id))
    pair.clock.advance(by: .seconds(61))
    #expect(
      try pair.bob.core.receiveEphemeral(
        EphemeralDelivery(
          mailbox: late.command.mailbox, envelopeID: late.command.envelopeID, envelope: late.command.envelope),
        mailbox: mailbox) == nil)
  }

  @Test func `answers come after what they answer even within one millisecond`() throws {
    let pair = try Pair()
    try pair.alice.say("start", to: "bob")
    try pair.settle()
    var said = ["start"]
    for number in 1...10 {
      let (party, other) = number.isMultiple(of: 2) ? (pair.alice, "bob") : (pair.bob, "Alice")
      try party.say("\(number)", to: other)
      said.append("\(number)")
      try pair.settle()
    }
    for (party, other) in [(pair.alice, "bob"), (pair.bob, "Alice")] {
      #expect(try party.transcript(with: other).map { String($0.dropFirst()) } == said)
    }
  }
}
