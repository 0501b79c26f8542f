import Ambient
import MessageContent
import Messaging
import RelaySupport
import RelayWire
import TestSupport
import Testing
import Vault

/// Strangers, blocks, notes to self, and what is private about conversations.
@Suite struct RequestTests {
  /// Alice has come by Bob's open invite: she is a stranger to him.
  private func stranger() throws -> Pair {
    let pair = try Pair(introduced: false)
    _ = try pair.alice.core.addContact(invite: try pair.bob.invite(.open), as: "bob")
    try pair.settle()
    return pair
  }

  @Test func `a stranger gets three short texts through, and no more until accepted`() throws {
    let pair = try stranger()
    try pair.alice.say(
      "with a file", to: "bob", options: SendOptions(), file: AttachedFile(name: "a", mime: "a/b", bytes: [1]))
    try pair.alice.say(String(repeating: "x", count: 4_097), to: "bob")
    for number in 1...5 { try pair.alice.say("request \(number)", to: "bob") }
    try pair.settle()
    #expect(try pair.bob.transcript(with: "Alice") == ["<request 1", "<request 2", "<request 3"])
    #expect(try pair.bob.core.droppedOperationCount() == 4)
    #expect(try pair.bob.core.requests().map(\.name) == ["Alice"])
    #expect(try pair.alice.states(with: "bob").allSatisfy { $0 == .stored }, "no receipts")
    try pair.bob.core.acceptRequest(contact: try pair.bob.contactID("Alice"))
    try pair.settle()
    try pair.alice.say(
      "now with a file", to: "bob", options: SendOptions(), file: AttachedFile(name: "a", mime: "a/b", bytes: [1]))
    try pair.settle()
    #expect(try pair.bob.shown(with: "Alice").count == 4)
    #expect(try pair.bob.core.requests().isEmpty)
    #expect(throws: MessagingError.noRequest("Alice")) {
      try pair.bob.core.acceptRequest(contact: try pair.bob.contactID("Alice"))
    }
  }

  @Test func `a declined request is destroyed, and nothing more of it is shown`() throws {
    let pair = try stranger()
    try pair.alice.say("please", to: "bob")
    try pair.settle()
    try pair.bob.core.declineRequest(contact: try pair.bob.contactID("Alice"))
    try pair.alice.say("please!", to: "bob")
    try pair.settle()
    #expect(try pair.bob.bodies(with: "Alice") == [.gone(.deleted)])
    #expect(try pair.bob.core.requests().isEmpty)
    #expect(try pair.alice.states(with: "bob") == [.stored, .stored])
    #expect(try pair.alice.waiting().isEmpty, "she is not told")
  }

  @Test func `a block is silent, and taking it back shows what comes from then on`() throws {
    let pair = try Pair()
    let id = try pair.bob.contactID("Alice")
    try pair.bob.say("never sent", to: "Alice")
    try pair.bob.core.block(contact: id, cutsOff: false)
    try pair.alice.say("are you there?", to: "bob")
    try pair.settle()
    #expect(try pair.alice.states(with: "bob") == [.stored], "stored for ever, as she sees it")
    #expect(try pair.bob.transcript(with: "Alice") == [">never sent"])
    #expect(try pair.bob.states(with: "Alice") == [.failed])
    #expect(throws: MessagingError.contactBlocked("Alice")) { try pair.bob.say("no", to: "Alice") }
    #expect(try pair.alice.waiting().isEmpty)
    try pair.bob.core.unblock(contact: id)
    try pair.settle()
    try pair.alice.say("again", to: "bob")
    try pair.settle()
    #expect(try pair.bob.transcript(with: "Alice") == [">never sent", "<again"])
    #expect(try pair.alice.states(with: "bob").last == .delivered)
  }

  @Test func `cutting off takes the tags back at the relay, and a new way in is given with the end of the block`()
    throws
  {
    let pair = try Pair()
    let id = try pair.bob.contactID("Alice")
    try pair.bob.core.block(contact: id, cutsOff: true)
    try pair.bob.goOnline()
    try pair.alice.say("refused", to: "bob")
    guard case .put(let put)? = try pair.alice.core.nextSenderWork() else {
      Issue.record("there is something to put")
      return
    }
    #expect(throws: RelayRefusal.self) { try pair.bob.relay.put(put.command) }
    try pair.alice.core.senderWorkFailed(.put(put), .unreachable)
    #expect(try pair.bob.shown(with: "Alice").isEmpty)
    // Registering goes on for everybody else and not for her.
    pair.clock.advance(by: .seconds(3 * 86_400))
    try pair.bob.goOnline()
    #expect(throws: RelayRefusal.self) { try pair.bob.relay.put(put.command) }
    try pair.bob.core.unblock(contact: id)
    try pair.settle()
    pair.clock.advance(by: .seconds(1_000))
    try pair.settle()
    #expect(try pair.bob.transcript(with: "Alice") == ["<refused"])
  }

  @Test func `a note to self is kept and never sent, and its timer works`() throws {
    let pair = try Pair()
    let core = try pair.bob.core
    let me = try core.noteToSelf()
    #expect(try core.noteToSelf() == me)
    #expect(me.status == .own)
    let note = try core.send(text: "remember", file: nil, to: me.id)
    #expect(note.state == .read)
    #expect(try core.outboxCount() == 0)
    try core.setTimer(try TimerSetting(mode: .afterRead, seconds: 60), with: me.id)
    _ = try core.send(text: "forget", file: nil, to: me.id)
    #expect(try core.outboxCount() == 0)
    pair.clock.advance(by: .seconds(60))
    try core.eraseDue()
    #expect(try pair.bob.bodies(with: me.name) == [.text("remember"), .gone(.expired)])
  }

  @Test func `an archived conversation comes back with a new message unless it is muted`() throws {
    let pair = try Pair()
    try pair.alice.say("one", to: "bob")
    try pair.settle()
    let core = try pair.bob.core
    func state() throws -> ConversationSummary { try #require(try core.conversations().first) }
    let id = try state().id
    try core.archive(conversation: id, true)
    try core.mute(conversation: id, until: pair.clock.now().seconds + 3_600)
    try pair.alice.say("two", to: "bob")
    try pair.settle()
    #expect(try state().isArchived)
    #expect(try state().mutedUntil > 0)
    pair.clock.advance(by: .seconds(3_601))
    try pair.alice.say("three", to: "bob")
    try pair.settle()
    #expect(try !state().isArchived)
    #expect(try pair.alice.waiting().isEmpty, "private to Bob")
    #expect(throws: MessagingError.unknownConversation) { try core.archive(conversation: 99, true) }
  }
}
