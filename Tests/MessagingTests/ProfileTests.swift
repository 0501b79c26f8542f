import Ambient
import ByteLayout
import MessageContent
import Messaging
import TestSupport
import Testing
import Vault

/// What an account tells of itself: a name, a line, the mark of a bot and its menu.
@Suite struct `Profiles among contacts` {
  private func menu(_ names: String...) throws -> [BotCommand] {
    try names.map { try BotCommand(name: $0, description: "does \($0)") }
  }

  private func names(_ party: Party, of name: String) throws -> [String]? {
    try party.core.profile(contact: try party.contactID(name))?.commands.map(\.name)
  }

  private func updates(_ party: Party) throws -> Int {
    try party.core.events(after: 0).count { $0.kind == .contactUpdated }
  }

  /// A profile that no honest program sends.
  private func profile(_ revision: UInt64, _ commands: [BotCommand]) throws -> [UInt8] {
    let id = MessageID(try FixedBytes(SeededRandomness("\(revision)").bytes(16)))
    return try ContentCodec.encode(
      Content(
        id: id, sentAtMilliseconds: 1,
        kind: .control(
          .profile(Profile(revision: revision, name: "x", about: "", isBot: true, commands: commands)))))
  }

  @Test func `a menu reaches the contact, changes there, is taken away, and outlives restarts`() throws {
    let pair = try Pair()
    let (alice, bob) = (pair.alice, pair.bob)
    #expect(try names(bob, of: "Alice") == nil)
    try alice.core.changeProfile(ProfileChange(about: "A bot", commands: menu("help", "start")))
    try pair.settle()
    #expect(try names(bob, of: "Alice") == ["help", "start"])
    let seen = try #require(try bob.core.profile(contact: bob.contactID("Alice")))
    #expect(seen.isBot && seen.about == "A bot" && seen.name == "Alice")
    #expect(try updates(bob) == 1)
    #expect(try bob.shown(with: "Alice").isEmpty, "it is no message")

    try alice.core.changeProfile(ProfileChange(name: "Alice's bot", commands: menu("help")))
    try pair.settle()
    #expect(try names(bob, of: "Alice") == ["help"])
    try alice.core.changeProfile(ProfileChange(commands: []))
    try pair.settle()
    try bob.restart()
    try alice.restart()
    let last = try #require(try bob.core.profile(contact: bob.contactID("Alice")))
    #expect(last.commands.isEmpty && last.isBot && last.name == "Alice's bot")
    #expect(try bob.core.contact(named: "Alice").name == "Alice", "what a contact is called here is decided here")
    #expect(try alice.core.ownProfile() == last)

    // What changes nothing is not sent.
    try alice.core.changeProfile(ProfileChange(name: "Alice's bot", about: "A bot", isBot: true))
    #expect(try alice.core.outboxCount() == 0)
    try alice.core.changeProfile(ProfileChange(commands: menu("help")))
    try alice.core.changeProfile(ProfileChange(isBot: false))
    try pair.settle()
    #expect(try bob.core.profile(contact: bob.contactID("Alice"))?.isBot == false)
    #expect(try names(bob, of: "Alice") == [])
  }

  @Test func `what cannot be told is refused, and nothing is changed`() throws {
    let pair = try Pair()
    try pair.alice.core.changeProfile(ProfileChange(commands: menu("help")))
    let before = try pair.alice.core.ownProfile()
    #expect(throws: MessagingError.unusableMenu) {
      try pair.alice.core.changeProfile(ProfileChange(commands: menu("help", "help")))
    }
    #expect(throws: MessagingError.unusableMenu) {
      try pair.alice.core.changeProfile(ProfileChange(isBot: false, commands: menu("help")))
    }
    #expect(throws: MessagingError.tooLarge(limit: 64, actual: 65)) {
      try pair.alice.core.changeProfile(
        ProfileChange(commands: (0..<65).map { try BotCommand(name: "c\($0)", description: "x") }))
    }
    #expect(throws: MessagingError.tooLarge(limit: 512, actual: 513)) {
      try pair.alice.core.changeProfile(ProfileChange(about: String(repeating: "x", count: 513)))
    }
    #expect(throws: MessagingError.unusableName) { try pair.alice.core.changeProfile(ProfileChange(name: "\u{7}")) }
    #expect(try pair.alice.core.ownProfile() == before)
  }

  @Test func `those who come later are told when they are accepted, and strangers tell and learn nothing`() throws {
    let pair = try Pair(introduced: false)
    let (alice, bob) = (pair.alice, pair.bob)
    try alice.core.changeProfile(ProfileChange(commands: menu("help")))
    try bob.core.changeProfile(ProfileChange(about: "I am Bob"))
    _ = try bob.core.addContact(invite: try alice.invite(.open), as: "alice")
    try pair.settle()
    #expect(try names(bob, of: "alice") == nil)
    // As far as Bob knows she is his contact: she is told of a change, and it is dropped there.
    try bob.core.changeProfile(ProfileChange(about: "I am still Bob"))
    try pair.settle()
    let stranger = try alice.contactID("Bob")
    #expect(try alice.core.profile(contact: stranger) == nil)
    try alice.core.acceptRequest(contact: stranger)
    try pair.settle()
    #expect(try names(bob, of: "alice") == ["help"])
    #expect(try alice.core.profile(contact: stranger)?.about == "I am still Bob")
  }

  @Test func `both sides of a single-use invite are told`() throws {
    let pair = try Pair(introduced: false)
    try pair.alice.core.changeProfile(ProfileChange(about: "first"))
    try pair.bob.core.changeProfile(ProfileChange(about: "second"))
    _ = try pair.alice.core.addContact(invite: try pair.bob.invite(), as: "bob")
    try pair.settle()
    #expect(try pair.alice.core.profile(contact: pair.alice.contactID("bob"))?.about == "second")
    #expect(try pair.bob.core.profile(contact: pair.bob.contactID("Alice"))?.about == "first")
    #expect(try updates(pair.alice) == 1 && updates(pair.bob) == 1)
  }

  @Test func `who is away gets it once, as it is when it leaves`() throws {
    let pair = try Pair()
    for about in ["one", "two", "three"] {
      try pair.alice.core.changeProfile(ProfileChange(about: about))
      try pair.alice.restart()
    }
    try pair.alice.goOnline()
    try pair.alice.sendAll()
    #expect(try pair.bob.waiting().count == 1)
    try pair.settle()
    #expect(try pair.bob.core.profile(contact: pair.bob.contactID("Alice"))?.about == "three")
  }

  @Test func `the newest holds, whatever the order and however often they come`() throws {
    let pair = try Pair()
    for about in ["one", "two", "three"] {
      try pair.alice.core.changeProfile(ProfileChange(about: about))
      try pair.alice.sendAll()
    }
    let waiting = try pair.bob.waiting()
    #expect(waiting.count == 3)
    try LyingRelay.deliver([waiting[1], waiting[2], waiting[0], waiting[2]], to: pair.bob)
    #expect(try pair.bob.core.profile(contact: pair.bob.contactID("Alice"))?.about == "three")
    #expect(try updates(pair.bob) == 2)
  }

  @Test func `hostile profiles change nothing, and a blocked contact's neither`() throws {
    let pair = try Pair()
    let (alice, bob) = (pair.alice, pair.bob)
    try alice.core.changeProfile(ProfileChange(commands: menu("help")))
    try pair.settle()
    var many = try profile(.max >> 1, (0..<64).map { try BotCommand(name: "c\($0)", description: "x") })
    // One more than allowed: the lengths of the Control and of the Profile, of two bytes each, grow with it.
    let extra: [UInt8] = [0x2a, 0x06, 0x0a, 0x01, 0x7a, 0x12, 0x01, 0x78]
    many = try lengthened(many, by: extra)
    #expect(throws: ContentError.tooLong(field: .commands, limit: 64, actual: 65)) { try ContentCodec.decode(many) }
    try alice.send(raw: many, to: "bob")
    try alice.send(raw: try profile(1, menu("older")), to: "bob")
    try pair.settle()
    #expect(try names(bob, of: "Alice") == ["help"])
    #expect(try updates(bob) == 1)
    #expect(try bob.shown(with: "Alice").isEmpty)

    try bob.core.block(contact: try bob.contactID("Alice"), cutsOff: false)
    try alice.core.changeProfile(ProfileChange(commands: menu("unseen")))
    try pair.settle()
    #expect(try names(bob, of: "Alice") == ["help"])
    #expect(try bob.core.droppedOperationCount() == 1)
  }

  /// An encoded Content whose last field is a Control whose only field is a Profile, with more at its end.
  private func lengthened(_ content: [UInt8], by extra: [UInt8]) throws -> [UInt8] {
    var bytes = content
    // Field 14 of the Content, then field 6 of the Control: each a tag and a length of two bytes.
    let control = try #require(
      bytes.indices.first { bytes[$0] == 0x72 && bytes.count - $0 == length(bytes, $0 + 1) + 3 })
    for place in [control + 1, control + 4] {
      let longer = length(bytes, place) + extra.count
      bytes[place] = UInt8(longer & 0x7f) | 0x80
      bytes[place + 1] = UInt8(longer >> 7)
    }
    return bytes + extra
  }

  private func length(_ bytes: [UInt8], _ place: Int) -> Int {
    guard place + 1 < bytes.count else { return 0 }
    return Int(bytes[place] & 0x7f) | Int(bytes[place + 1]) << 7
  }
}
