import Ambient
import ByteLayout
import MessageContent
import Messaging
import TestSupport
import Testing
import Vault

@Suite struct SecretChatTests {
  private func opened(_ pair: Pair) throws -> (alice: SecretChatView, bob: SecretChatView) {
    let id = try pair.alice.core.openSecretChat(with: try pair.alice.contactID("bob"))
    _ = try pair.alice.core.send(
      text: "psst", file: nil, to: try pair.alice.contactID("bob"), options: SendOptions(chat: id))
    try pair.settle()
    return (
      try #require(try pair.alice.core.secretChats().first), try #require(try pair.bob.core.secretChats().first)
    )
  }

  private func bodies(_ party: Party, _ chat: SecretChatView) throws -> [MessageBody] {
    try party.core.messages(conversation: chat.conversation).map(\.body).filter { body in
      if case .info = body { return false }
      return true
    }
  }

  @Test func `a secret chat has a session, a picture and a conversation of its own`() throws {
    let pair = try Pair()
    let (alice, bob) = try opened(pair)
    #expect(alice.chatID == bob.chatID)
    let key = try #require(alice.key)
    #expect(bob.key == key)
    #expect(key.digits.count == 60 && key.terminalLines.count == 16)
    #expect(key.svg.hasPrefix("<svg") && key.svg.contains("<rect"))
    #expect(try bodies(pair.bob, bob) == [.text("psst")])
    #expect(try pair.bob.shown(with: "Alice").isEmpty, "the direct conversation knows nothing of it")
    _ = try pair.bob.core.send(
      text: "yes?", file: nil, to: try pair.bob.contactID("Alice"), options: SendOptions(chat: bob.conversation))
    try pair.bob.say("and openly", to: "Alice")
    try pair.settle()
    #expect(try bodies(pair.alice, alice) == [.text("psst"), .text("yes?")])
    #expect(try pair.alice.transcript(with: "bob") == ["<and openly"])
    // Its timer is on from the start, on both sides.
    for (party, chat) in [(pair.alice, alice), (pair.bob, bob)] {
      let timer = try party.core.timer(conversation: chat.conversation)
      let day = try TimerSetting(mode: .afterRead, seconds: 86_400)
      #expect(timer.setting == day)
    }
    #expect(try pair.alice.timer(with: "bob") == .off)
    // A second chat with the same person has another key.
    let second = try opened(pair)
    #expect(second.alice.chatID != alice.chatID && second.alice.key != key && second.alice.key == second.bob.key)
  }

  @Test func `a secret chat is opened while the peer is away, and survives a restart of both`() throws {
    let pair = try Pair()
    let id = try pair.alice.core.openSecretChat(with: try pair.alice.contactID("bob"))
    try pair.alice.core.setTimer(try TimerSetting(mode: .afterRead, seconds: 5), conversation: id)
    _ = try pair.alice.core.send(
      text: "five seconds", file: nil, to: try pair.alice.contactID("bob"), options: SendOptions(chat: id))
    try pair.alice.sendAll()
    try pair.alice.restart()
    try pair.bob.restart()
    try pair.bob.goOnline()
    try pair.bob.receiveAll()
    let chat = try #require(try pair.bob.core.secretChats().first)
    let messages = try pair.bob.core.messages(conversation: chat.conversation)
    #expect(Party.lines(messages).map(\.kind).contains(.secretChatOpened))
    #expect(try bodies(pair.bob, chat) == [.text("five seconds")])
    try pair.bob.core.markRead(messages.map(\.id))
    pair.clock.advance(by: .seconds(5))
    #expect(try bodies(pair.bob, chat) == [.gone(.expired)])
  }

  @Test func `closing destroys both sides, and nothing can be sent afterwards`() throws {
    let pair = try Pair()
    let (alice, bob) = try opened(pair)
    try pair.bob.core.closeSecretChat(bob.conversation)
    #expect(try bodies(pair.bob, bob).allSatisfy { $0 == .gone(.deleted) })
    try pair.settle()
    #expect(try bodies(pair.alice, alice).allSatisfy { $0 == .gone(.deleted) })
    // The sessions go when each side knows that the other one has closed.
    try pair.pass(1_200)
    for (party, chat) in [(pair.alice, alice), (pair.bob, bob)] {
      try party.core.eraseDue()
      #expect(try party.core.secretChats().allSatisfy { $0.isClosed && $0.key == nil })
      let lines = Party.lines(try party.core.messages(conversation: chat.conversation))
      #expect(lines.map(\.kind) == [.secretChatClosed], "what was there went with it")
      #expect(throws: MessagingError.chatClosed) {
        try party.core.send(
          text: "more", file: nil, to: try party.contactID(party.name == "Alice" ? "bob" : "Alice"),
          options: SendOptions(chat: chat.conversation))
      }
      #expect(throws: MessagingError.chatClosed) { try party.core.closeSecretChat(chat.conversation) }
      try party.withVault { vault throws in
        let sessions = try vault.read { try $0.secretSessions(conversationID: chat.conversation) }
        #expect(sessions.isEmpty)
      }
    }
  }

  @Test func `a noticed screenshot is told to both sides`() throws {
    let pair = try Pair()
    let (alice, bob) = try opened(pair)
    try pair.bob.core.noteScreenshot(conversation: bob.conversation)
    try pair.settle()
    let lines = Party.lines(try pair.alice.core.messages(conversation: alice.conversation))
    #expect(lines.contains(InfoLine(kind: .screenshot, isOwn: false)))
  }

  @Test func `messages of another conversation cannot be touched from a secret chat, and none is opened by a stranger`()
    throws
  {
    let pair = try Pair(introduced: false)
    _ = try pair.alice.core.addContact(invite: try pair.bob.invite(.open), as: "bob")
    #expect(throws: MessagingError.secretChatUnavailable("bob")) {
      try pair.alice.core.openSecretChat(with: try pair.alice.contactID("bob"))
    }
    try pair.settle()
    _ = try pair.alice.core.openSecretChat(with: try pair.alice.contactID("bob"))
    try pair.settle()
    #expect(try pair.bob.core.secretChats().isEmpty)
    #expect(throws: MessagingError.unknownConversation) {
      try pair.alice.core.send(
        text: "x", file: nil, to: try pair.alice.contactID("bob"), options: SendOptions(chat: 1_000))
    }
  }

  @Test func `the picture shows every bit of the key, and the digits follow from it`() throws {
    let bytes = try FixedBytes<32>((0..<32).map { UInt8($0 * 7) })
    let picture = KeyPicture(bytes)
    #expect(Int(picture.digits.prefix(15)) != nil)
    var seen: Set<String> = [picture.svg]
    for bit in 0..<256 {
      var changed = bytes.array
      changed[bit / 8] ^= 1 << UInt8(bit % 8)
      let other = KeyPicture(try FixedBytes<32>(changed))
      seen.insert(other.svg)
    }
    #expect(seen.count == 257)
    for row in 0..<16 {
      for column in 0..<8 {
        #expect(picture.shade(row: row, column: column) == picture.shade(row: row, column: 15 - column))
      }
    }
  }
}
