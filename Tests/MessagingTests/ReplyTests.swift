import Ambient
import ByteLayout
import MessageContent
import Messaging
import TestSupport
import Testing
import Vault

/// Answers name a message, and have nothing of it.
@Suite struct ReplyTests {
  private func answer(
    _ party: Party, _ text: String, to message: Int64, with name: String, _ options: SendOptions = SendOptions()
  ) throws -> Int64 {
    var options = options
    options.replyTo = message
    return try party.say(text, to: name, options: options)
  }

  private func last(_ party: Party, with name: String) throws -> MessageView {
    try #require(try party.shown(with: name).last)
  }

  @Test func `an answer shows what it answers on both sides, from where that is`() throws {
    let pair = try Pair()
    let (alice, bob) = (pair.alice, pair.bob)
    try alice.say("shall we?", to: "bob")
    try pair.settle()
    let asked = try last(bob, with: "Alice")
    _ = try answer(bob, "we shall", to: asked.id, with: "Alice")
    try pair.settle()
    for (party, name) in [(alice, "bob"), (bob, "Alice")] {
      let answer = try last(party, with: name)
      #expect(answer.body == .text("we shall"))
      #expect(answer.answers?.body == .text("shall we?") && answer.answers?.messageID == asked.messageID)
      #expect(answer.answers?.isOwn == (party === alice))
    }
    // An answer to an answer, and to something of one's own, with a file.
    let file = AttachedFile(name: "plan.txt", mime: "text/plain", bytes: [1, 2, 3])
    let own = try last(bob, with: "Alice")
    _ = try bob.core.send(
      text: "the plan", file: file, to: bob.contactID("Alice"), options: SendOptions(replyTo: own.id))
    try pair.settle()
    try alice.restart()
    let third = try last(alice, with: "bob")
    #expect(third.body == .file(caption: "the plan", file) && third.answers?.body == .text("we shall"))
    #expect(third.answers?.isOwn == false)
    // Answers are found by what they say themselves.
    #expect(try alice.core.search(SearchQuery("plan")).hits.map(\.message.id) == [third.id])
    #expect(try bob.core.search(SearchQuery("shall")).hits.count == 2)
  }

  @Test func `nothing of what was answered is in the answer, and it ends where it ends`() throws {
    let pair = try Pair()
    let (alice, bob) = (pair.alice, pair.bob)
    let kept = try alice.say("zqvkxjw stays", to: "bob", options: SendOptions())
    let short = try alice.say(
      "zqvkxjw is short", to: "bob",
      options: SendOptions(limits: MessageLimits(readSeconds: 0, maximumAgeSeconds: 60)))
    try pair.settle()
    let asked = try bob.shown(with: "Alice")
    for message in asked { _ = try answer(bob, "noted", to: message.id, with: "Alice") }
    try pair.settle()
    #expect(try alice.shown(with: "bob").compactMap(\.answers?.body).count == 2)
    try alice.core.deleteForEveryone([kept])
    try pair.settle()
    pair.clock.advance(by: .seconds(61))
    try alice.core.eraseDue()
    try bob.core.eraseDue()
    for (party, name) in [(alice, "bob"), (bob, "Alice")] {
      let quoted = try party.shown(with: name).compactMap(\.answers)
      #expect(quoted.map(\.body) == [.gone(.deleted), .gone(.expired)])
      #expect(quoted.map(\.messageID) == asked.map(\.messageID))
      try party.withVault { vault in
        let all = try vault.read { transaction in
          try transaction.conversations().flatMap {
            try transaction.messages(conversationID: $0.id, limit: .max, ascending: true)
              .compactMap { try transaction.messageContent(id: $0.id) }
          }
        }
        #expect(all.count == 2)
        #expect(!String(decoding: all.joined(), as: UTF8.self).contains("zqvkxjw"))
      }
    }
    #expect(throws: MessagingError.contentGone(.expired)) {
      _ = try answer(alice, "too late", to: short, with: "bob")
    }
    #expect(throws: MessagingError.contentGone(.deleted)) {
      _ = try answer(alice, "too late", to: kept, with: "bob")
    }
  }

  @Test func `what cannot be answered is refused, and nothing is written`() throws {
    let pair = try Pair()
    let (alice, bob) = (pair.alice, pair.bob)
    try alice.say("once", to: "bob", options: SendOptions(isViewOnce: true))
    try alice.say("plain", to: "bob")
    try alice.setTimer(.afterRead, 3_600, with: "bob")
    try pair.settle()
    let chat = try bob.core.openSecretChat(with: bob.contactID("Alice"))
    let before = try bob.core.messages(with: bob.contactID("Alice"))
    let once = try #require(before.first { if case .viewOnce = $0.body { true } else { false } })
    let info = try #require(before.first { if case .info = $0.body { true } else { false } })
    let plain = try #require(before.first { $0.body == .text("plain") })
    #expect(throws: MessagingError.viewOnceNotQuoted) { _ = try answer(bob, "x", to: once.id, with: "Alice") }
    #expect(throws: MessagingError.notAnswerable) { _ = try answer(bob, "x", to: info.id, with: "Alice") }
    #expect(throws: MessagingError.unknownMessage(9_999)) { _ = try answer(bob, "x", to: 9_999, with: "Alice") }
    #expect(throws: MessagingError.notAnswerable) {
      _ = try answer(bob, "x", to: plain.id, with: "Alice", SendOptions(isViewOnce: true))
    }
    #expect(throws: MessagingError.notAnswerable) {
      _ = try answer(bob, "x", to: plain.id, with: "Alice", SendOptions(chat: chat))
    }
    #expect(try bob.core.messages(with: bob.contactID("Alice")).count == before.count)
  }

  /// Whoever knows the name of a message must not have it shown in another conversation.
  @Test func `a message of another conversation is not shown by who names it`() throws {
    let pair = try Pair()
    let (alice, bob) = (pair.alice, pair.bob)
    try alice.say("hello", to: "bob")
    try pair.settle()
    let chat = try alice.core.openSecretChat(with: alice.contactID("bob"))
    let secret = try alice.say("only here", to: "bob", options: SendOptions(chat: chat))
    try pair.settle()
    let target = OperationTarget(
      author: try alice.core.ownAccount().accountID, id: MessageID(try alice.core.message(secret).messageID))
    let forged = try ContentCodec.encode(
      Content(
        id: MessageID(try FixedBytes(SeededRandomness("forged").bytes(16))),
        sentAtMilliseconds: pair.clock.now().milliseconds,
        kind: .body(.reply(Reply(target: target, body: .text(CleanText(cleaning: "look")))))))
    try alice.send(raw: forged, to: "bob")
    try pair.settle()
    // Both were sent in the same millisecond: their order is that of their names.
    let shown = try #require(try bob.core.messages(with: bob.contactID("Alice")).first { $0.body == .text("look") })
    #expect(shown.answers?.messageID == target.id.bytes && shown.answers?.body == nil)
  }

  @Test func `an answer that comes before what it answers shows it as soon as it is there`() throws {
    let pair = try Pair()
    let first = try pair.alice.say("first", to: "bob", options: SendOptions())
    _ = try answer(pair.alice, "second", to: first, with: "bob")
    try pair.alice.sendAll()
    let waiting = try pair.bob.waiting()
    #expect(waiting.count == 2)
    try LyingRelay.deliver([waiting[1]], to: pair.bob)
    let early = try last(pair.bob, with: "Alice")
    #expect(early.body == .text("second") && early.answers != nil && early.answers?.body == nil)
    try LyingRelay.deliver([waiting[0]], to: pair.bob)
    #expect(try pair.bob.core.message(early.id).answers?.body == .text("first"))
  }

  @Test func `a stranger's answer is not admitted`() throws {
    let pair = try Pair(introduced: false)
    _ = try pair.alice.core.addContact(invite: try pair.bob.invite(.open), as: "bob")
    let id = try pair.alice.say("hello", to: "bob", options: SendOptions())
    _ = try answer(pair.alice, "and this", to: id, with: "bob")
    try pair.settle()
    #expect(try pair.bob.transcript(with: "Alice") == ["<hello"])
    #expect(try pair.bob.core.droppedOperationCount() == 1)
  }
}
