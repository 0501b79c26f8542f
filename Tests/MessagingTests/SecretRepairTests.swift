import Ambient
import MessageContent
import Messaging
import RelaySupport
import RelayWire
import TestSupport
import Testing
import Vault

/// Sessions of secret chats that break, are lost with an old copy, or end: they heal like any other (Protocol §6).
@Suite struct SecretRepairTests {
  @Test func `a secret chat whose session broke gets a new one, and what was lost on the old one`() throws {
    let pair = try Pair()
    let chats = try pair.openSecretChat()
    let early = try pair.bob.secretSessionStates(chats.bob)
    for round in 0..<2 {
      try pair.alice.say("a\(round)", in: chats.alice, with: "bob")
      try pair.settle()
      try pair.bob.say("b\(round)", in: chats.bob, with: "Alice")
      try pair.settle()
    }
    let before = try #require(try pair.alice.secretChat(chats.alice).key)
    try pair.bob.setSessions(early)
    try pair.alice.say("lost at first", in: chats.alice, with: "bob")
    try pair.alice.say("in the open", to: "bob")
    try pair.settle()
    #expect(try pair.bob.transcript(with: "Alice") == ["<in the open"], "the normal session is not touched")
    try pair.pass(2_400, steps: 12)
    #expect(try pair.bob.texts(in: chats.bob) == ["secret", "a0", "b0", "a1", "b1", "lost at first"])
    let after = try #require(try pair.alice.secretChat(chats.alice).key)
    #expect(try pair.bob.secretChat(chats.bob).key == after)
    #expect(after != before, "a new session has a new picture")
    try pair.bob.say("and back", in: chats.bob, with: "Alice")
    try pair.settle()
    #expect(try pair.alice.texts(in: chats.alice).last == "and back")
    #expect(try pair.bob.core.secretChats().count == 1)
    #expect(try pair.bob.events(.messageUndecryptable).count == 0)
  }

  @Test func `operations of a secret chat that a relay lost are sent again, in their chat`() throws {
    let pair = try Pair()
    let chats = try pair.openSecretChat()
    try pair.alice.say("deleted later", in: chats.alice, with: "bob")
    try pair.settle()
    let last = try #require(try pair.alice.core.messages(conversation: chats.alice).last)
    let setting = try TimerSetting(mode: .afterSend, seconds: 86_400)
    try pair.alice.core.setTimer(setting, conversation: chats.alice)
    try pair.alice.core.deleteForEveryone([last.id])
    try pair.alice.sendAll()
    #expect(try pair.alice.loseWaiting(for: pair.bob) == 2)
    try pair.alice.say("arrives", to: "bob")
    try pair.settle()
    #expect(try pair.bob.texts(in: chats.bob).contains("deleted later"))
    try pair.pass(240)
    #expect(try !pair.bob.texts(in: chats.bob).contains("deleted later"))
    #expect(try pair.bob.core.timer(conversation: chats.bob).setting == setting)
    #expect(try pair.bob.timer(with: "Alice") == .off, "not of the direct conversation")
    #expect(try pair.bob.events(.messageUndecryptable).count == 0)
  }

  @Test func `the closing that a relay lost is sent again`() throws {
    let pair = try Pair()
    let chats = try pair.openSecretChat()
    try pair.alice.core.closeSecretChat(chats.alice)
    try pair.alice.sendAll()
    #expect(try pair.alice.loseWaiting(for: pair.bob) == 1)
    try pair.alice.say("arrives", to: "bob")
    try pair.bob.say("into the void", in: chats.bob, with: "Alice")
    try pair.settle()
    try pair.pass(3_600, steps: 12)
    #expect(try pair.bob.secretChat(chats.bob).isClosed)
    #expect(try pair.alice.texts(in: chats.alice).isEmpty && pair.bob.texts(in: chats.bob).isEmpty)
    for (party, chat) in [(pair.alice, chats.alice), (pair.bob, chats.bob)] {
      #expect(try party.secretSessionCount(chat) == 0)
      #expect(try party.events(.messageUndecryptable).count == 0, "\(party.name)")
    }
  }

  @Test func `both close at once, and nobody is told that anything is lost`() throws {
    let pair = try Pair()
    let chats = try pair.openSecretChat()
    try pair.alice.say("on its way", in: chats.alice, with: "bob")
    try pair.alice.sendAll()
    try pair.bob.core.closeSecretChat(chats.bob)
    try pair.alice.core.closeSecretChat(chats.alice)
    try pair.settle()
    try pair.pass(15 * 86_400, steps: 60)
    for (party, chat) in [(pair.alice, chats.alice), (pair.bob, chats.bob)] {
      #expect(try party.texts(in: chat).isEmpty)
      #expect(try party.secretSessionCount(chat) == 0)
      #expect(try party.events(.messageUndecryptable).count == 0, "\(party.name)")
    }
  }

  @Test func `an adopted copy renews its secret chats too`() throws {
    let pair = try Pair()
    let chats = try pair.openSecretChat()
    let copy = try Party(copyOf: pair.alice)
    try pair.alice.say("from the original", in: chats.alice, with: "bob")
    try pair.settle()
    pair.clock.advance(by: .seconds(1))
    try copy.takeOver()
    try copy.say("from the copy", in: chats.alice, with: "bob")
    try copy.meet(pair.bob, rounds: 12)
    #expect(try pair.bob.texts(in: chats.bob) == ["secret", "from the original", "from the copy"])
    try pair.bob.say("welcome back", in: chats.bob, with: "Alice")
    try copy.meet(pair.bob)
    #expect(try copy.texts(in: chats.alice) == ["secret", "from the copy", "welcome back"])
    let key = try #require(try copy.secretChat(chats.alice).key)
    #expect(try pair.bob.secretChat(chats.bob).key == key)
    #expect(try pair.bob.core.secretChats().count == 1)
  }

  @Test func `a copy that is older than the chat gets it back from the peer, with what is said from then on`() throws {
    let pair = try Pair()
    try pair.settle()
    let copy = try Party(copyOf: pair.alice)
    let chats = try pair.openSecretChat()
    try copy.takeOver()
    try pair.bob.say("are you there?", in: chats.bob, with: "Alice")
    try copy.meet(pair.bob, rounds: 60)
    let back = try #require(try copy.core.secretChats().first)
    #expect(try copy.texts(in: back.conversation) == ["are you there?"])
    #expect(try back.key == pair.bob.secretChat(chats.bob).key && back.key != nil)
    try copy.say("yes", in: back.conversation, with: "bob")
    try copy.say("and openly", to: "bob")
    try copy.meet(pair.bob)
    #expect(try pair.bob.texts(in: chats.bob) == ["secret", "are you there?", "yes"])
    #expect(try pair.bob.transcript(with: "Alice") == ["<and openly"])
  }

  @Test func `a chat that was closed stays closed for a copy that thinks it open, and is closed there`() throws {
    let pair = try Pair()
    let chats = try pair.openSecretChat()
    let copy = try Party(copyOf: pair.alice)
    try pair.bob.core.closeSecretChat(chats.bob)
    try pair.settle()
    try pair.pass(1_200)
    #expect(try pair.bob.secretSessionCount(chats.bob) == 0)
    try copy.takeOver()
    try copy.say("still here?", in: chats.alice, with: "bob")
    try copy.meet(pair.bob, rounds: 80)
    #expect(try copy.secretChat(chats.alice).isClosed)
    #expect(try copy.texts(in: chats.alice).isEmpty && pair.bob.texts(in: chats.bob).isEmpty)
    #expect(try pair.bob.secretSessionCount(chats.bob) == 0 && copy.secretSessionCount(chats.alice) == 0)
  }

  @Test func `a peer that renews its sessions without end fills nothing`() throws {
    let pair = try Pair()
    let chats = try pair.openSecretChat()
    for _ in 0..<50 {
      try pair.bob.core.wasFenced()
      try pair.bob.core.adopt()
      try pair.bob.goOnline()
      try pair.bob.sendAll()
      try pair.alice.receiveAll()
      pair.clock.advance(by: .seconds(60))
    }
    #expect(try pair.alice.secretSessionCount(chats.alice) <= 42)
    #expect(try pair.alice.sessionStates(with: "bob").states.count <= 84)
    try pair.settle()
    try pair.bob.say("at last", in: chats.bob, with: "Alice")
    try pair.settle()
    #expect(try pair.alice.texts(in: chats.alice) == ["secret", "at last"])
  }
}

extension Pair {
  /// A secret chat that Alice has opened and Bob has joined; the rows of its conversation on both sides.
  fileprivate func openSecretChat() throws -> (alice: Int64, bob: Int64) {
    let id = try alice.core.openSecretChat(with: try alice.contactID("bob"))
    try alice.say("secret", in: id, with: "bob")
    try settle()
    return (id, try #require(try bob.core.secretChats().first).conversation)
  }
}

extension Party {
  fileprivate func say(_ text: String, in chat: Int64, with name: String) throws {
    _ = try core.send(text: text, file: nil, to: try contactID(name), options: SendOptions(chat: chat))
  }

  fileprivate func secretChat(_ id: Int64) throws -> SecretChatView {
    try #require(try core.secretChats().first { $0.conversation == id })
  }

  fileprivate func texts(in chat: Int64) throws -> [String] {
    try core.messages(conversation: chat).compactMap { message in
      guard case .text(let text) = message.body else { return nil }
      return text
    }
  }

  fileprivate func secretSessionStates(_ chat: Int64) throws -> SavedSessions {
    let saved = SavedSessions()
    try withVault { vault in
      try vault.read { transaction in
        for id in try transaction.secretSessions(conversationID: chat) {
          saved.states[id] = SavedSessions.State(try transaction.sessionArchive(id: id))
        }
      }
    }
    return saved
  }

  fileprivate func secretSessionCount(_ chat: Int64) throws -> Int {
    var count = 0
    try core.eraseDue()
    try withVault { vault in count = try vault.read { try $0.secretSessions(conversationID: chat).count } }
    return count
  }

  fileprivate func takeOver() throws {
    try core.wasFenced()
    try core.adopt()
    do { try goOnline() } catch MessagingError.vaultCopied {
      try core.adopt()
      try goOnline()
    }
  }

  /// Two who talk, one of whom is not in the pair.
  fileprivate func meet(_ other: Party, rounds: Int = 4) throws {
    for _ in 0..<rounds {
      for party in [self, other] {
        try party.sendAll()
        try party.receiveAll()
      }
      clock.advance(by: .seconds(40))
    }
    try goOnline()
    try other.goOnline()
  }
}
