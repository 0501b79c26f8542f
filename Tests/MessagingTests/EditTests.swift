import Ambient
import ByteLayout
import Foundation
import MessageContent
import Messaging
import TestSupport
import Testing
import Vault

/// Other words for what was said: on both sides, whatever the order, and nothing is left of those before.
@Suite struct EditTests {
  private func texts(_ party: Party, with name: String) throws -> [String] {
    try party.shown(with: name).map { message in
      let mark = message.edit.map { " (\($0.revision))" } ?? ""
      return if case .text(let text) = message.body { text + mark } else { "?" }
    }
  }

  private func edits(_ party: Party) throws -> Int {
    try party.core.events(after: 0).count { $0.kind == .messageEdited }
  }

  private func say(_ text: String, _ party: Party, _ options: SendOptions = SendOptions()) throws -> Int64 {
    try party.say(text, to: "bob", options: options)
  }

  @Test func `an edit holds on both sides, in every list, in the log of events and after restarts`() throws {
    let pair = try Pair()
    let (alice, bob) = (pair.alice, pair.bob)
    let id = try say("helo", alice)
    try pair.settle()
    #expect(try bob.core.search(SearchQuery("helo")).hits.count == 1)
    let before = try alice.core.message(id)
    pair.clock.advance(by: .seconds(60))
    let edited = try alice.core.edit(id, text: "hello")
    #expect(edited.body == .text("hello") && edited.edit?.revision == 1 && edited.sentAt == before.sentAt)
    #expect(edited.state == before.state)
    try pair.settle()
    for (party, name) in [(alice, "bob"), (bob, "Alice")] {
      try party.restart()
      #expect(try texts(party, with: name) == ["hello (1)"])
      #expect(try edits(party) == 1)
      let shown = try #require(try party.shown(with: name).first)
      #expect(shown.edit?.at == edited.edit?.at && shown.messageID == before.messageID)
      // The index follows, at once and made anew.
      for _ in 0..<2 {
        #expect(try party.core.search(SearchQuery("hello")).hits.map(\.message.id) == [shown.id])
        #expect(try party.core.search(SearchQuery("helo")).hits.isEmpty)
        try party.core.rebuildSearchIndex()
      }
      let told = try party.core.events(after: 0).compactMap(\.message?.body)
      #expect(told.allSatisfy { $0 == .text("hello") }, "what has happened shows what it says now")
    }
    // The same words again are no edit.
    _ = try alice.core.edit(id, text: "hello")
    #expect(try alice.core.outboxCount() == 0)
    #expect(try alice.core.message(id).edit?.revision == 1)
    #expect(try bob.core.events(after: 0).count { $0.kind == .messageReceived } == 1, "nothing is new but the words")
  }

  @Test func `captions and answers are edited, and keep their file and what they answer`() throws {
    let pair = try Pair()
    let (alice, bob) = (pair.alice, pair.bob)
    let file = AttachedFile(name: "a.txt", mime: "text/plain", bytes: [1, 2])
    let first = try alice.say("the fil", to: "bob", options: SendOptions(), file: file)
    try pair.settle()
    let second = try say("yess", alice, SendOptions(replyTo: first))
    try pair.settle()
    _ = try alice.core.edit(first, text: "the file")
    _ = try alice.core.edit(second, text: "yes")
    try pair.settle()
    let shown = try bob.shown(with: "Alice")
    #expect(shown.first?.body == .file(caption: "the file", file))
    #expect(shown.last?.body == .text("yes") && shown.last?.answers?.body == .file(caption: "the file", file))
  }

  @Test func `what cannot be edited is refused by name, and nothing is changed`() throws {
    let pair = try Pair()
    let (alice, bob) = (pair.alice, pair.bob)
    let id = try say("0", alice)
    let once = try say("once", alice, SendOptions(isViewOnce: true))
    try alice.setTimer(.afterRead, 3_600, with: "bob")
    let info = try #require(
      try alice.core.messages(with: alice.contactID("bob")).first { message in
        if case .info = message.body { true } else { false }
      })
    try alice.setTimer(.off, 0, with: "bob")
    #expect(throws: MessagingError.notEditable) { _ = try alice.core.edit(once, text: "x") }
    #expect(throws: MessagingError.notYours(info.id)) { _ = try alice.core.edit(info.id, text: "x") }
    try pair.settle()
    let received = try #require(try bob.shown(with: "Alice").first)
    #expect(throws: MessagingError.notYours(received.id)) { _ = try bob.core.edit(received.id, text: "x") }
    #expect(throws: MessagingError.unknownMessage(9_999)) { _ = try alice.core.edit(9_999, text: "x") }
    #expect(throws: MessagingError.emptyMessage) { _ = try alice.core.edit(id, text: "\u{7}") }
    #expect(throws: MessagingError.tooLarge(limit: 49_152, actual: 49_153)) {
      _ = try alice.core.edit(id, text: String(repeating: "x", count: 49_153))
    }
    #expect(throws: MessagingError.contentGone(.viewed)) { _ = try alice.core.edit(once, text: "x") }
    #expect(throws: MessagingError.staleRevision(0)) { _ = try alice.core.edit(id, text: "x", revision: 2) }
    for number in 1...10 { _ = try alice.core.edit(id, text: "\(number)", revision: UInt32(number)) }
    #expect(throws: MessagingError.tooManyEdits) { _ = try alice.core.edit(id, text: "11") }
    try pair.settle()
    #expect(try texts(bob, with: "Alice").first == "10 (10)")

    let late = try say("in time", alice)
    try pair.settle()
    pair.clock.advance(by: .seconds(86_400))
    _ = try alice.core.edit(late, text: "still in time")
    let tooLate = try say("too late", alice)
    try pair.settle()
    pair.clock.advance(by: .seconds(86_401))
    #expect(throws: MessagingError.editWindowClosed(limitMilliseconds: 86_400_000)) {
      _ = try alice.core.edit(tooLate, text: "x")
    }
    let taken = try say("taken back", alice)
    try alice.core.deleteForEveryone([taken])
    #expect(throws: MessagingError.contentGone(.deleted)) { _ = try alice.core.edit(taken, text: "x") }
    let kept = try say("kept", alice)
    try pair.settle()
    try alice.core.block(contact: alice.contactID("bob"), cutsOff: false)
    #expect(throws: MessagingError.contactBlocked("bob")) { _ = try alice.core.edit(kept, text: "x") }
    try alice.core.unblock(contact: alice.contactID("bob"))
    try pair.settle()
    #expect(try texts(bob, with: "Alice").suffix(2) == ["too late", "kept"])
    #expect(try bob.core.droppedOperationCount() == 0)
  }

  @Test func `what another program asks for against the rules has no effect but a count`() throws {
    let pair = try Pair()
    let (alice, bob) = (pair.alice, pair.bob)
    try bob.say("bob's own", to: "Alice")
    _ = try say("once", alice, SendOptions(isViewOnce: true))
    let id = try say("hers", alice)
    try pair.settle()
    let (hers, his) = (try alice.core.ownAccount().accountID, try bob.core.ownAccount().accountID)
    func edit(_ author: FixedBytes<33>, _ message: FixedBytes<16>, revision: UInt32 = 1) throws
      -> MessageContent.Operation
    {
      try Operation(
        target: OperationTarget(author: author, id: MessageID(message)), revision: revision,
        kind: .edit(CleanText(cleaning: "forged")))
    }
    let own = try #require(try bob.shown(with: "Alice").first { $0.direction == .outgoing })
    try alice.send(raw: edit(his, own.messageID), to: "bob")
    let once = try #require(try bob.shown(with: "Alice").first { if case .viewOnce = $0.body { true } else { false } })
    try alice.send(raw: edit(hers, once.messageID), to: "bob")
    let info = FixedBytes<16>()
    try alice.send(raw: edit(hers, info), to: "bob")
    try pair.settle()
    #expect(try bob.core.droppedOperationCount() == 2, "the third waits for a message that never comes")
    // Two days later the window is closed for the receiver too.
    let target = try alice.core.message(id).messageID
    pair.clock.advance(by: .seconds(2 * 86_400 - 60))
    try alice.send(raw: edit(hers, target), to: "bob")
    try pair.settle()
    #expect(try texts(bob, with: "Alice").last == "forged (1)", "within 24 hours of grace")
    pair.clock.advance(by: .seconds(120))
    try alice.send(raw: edit(hers, target, revision: 2), to: "bob")
    try pair.settle()
    #expect(try bob.core.droppedOperationCount() == 3)
    #expect(try texts(bob, with: "Alice").last == "forged (1)")
    #expect(throws: ContentError.notAllowed(.revision)) { try edit(hers, target, revision: 11) }
  }

  @Test func `a message that has not left goes out in its last words, and nobody hears of others`() throws {
    let pair = try Pair()
    let id = try say("zqvkxjw draft", pair.alice)
    let edited = try pair.alice.core.edit(id, text: "final")
    #expect(edited.edit == nil)
    try pair.alice.sendAll()
    #expect(try pair.bob.waiting().count == 1)
    try pair.settle()
    #expect(try texts(pair.bob, with: "Alice") == ["final"])
    #expect(try edits(pair.bob) == 0)
  }

  @Test func `an edit that comes first waits, also across a restart, and the words of before never show`() throws {
    let pair = try Pair()
    let id = try say("first words", pair.alice)
    try pair.alice.sendAll()
    let message = try pair.bob.waiting()
    _ = try pair.alice.core.edit(id, text: "last words")
    try pair.alice.sendAll()
    let waiting = try pair.bob.waiting()
    #expect(waiting.count == 2)
    try LyingRelay.deliver([waiting[1]], to: pair.bob)
    try pair.bob.restart()
    #expect(try pair.bob.shown(with: "Alice").isEmpty)
    try LyingRelay.deliver(message, to: pair.bob)
    #expect(try texts(pair.bob, with: "Alice") == ["last words (1)"])
    try LyingRelay.deliver(waiting, to: pair.bob)
    #expect(try edits(pair.bob) == 1, "a repetition changes nothing")
  }

  @Test func `deleting beats editing, whichever comes first, and an edit that waits ends with its message's time`()
    throws
  {
    let pair = try Pair()
    let (alice, bob) = (pair.alice, pair.bob)
    let id = try say("goes", alice)
    try alice.sendAll()
    _ = try alice.core.edit(id, text: "goes anyway")
    try alice.sendAll()
    let sent = try bob.waiting()
    try alice.core.deleteForEveryone([id])
    try alice.sendAll()
    let all = try bob.waiting()
    try LyingRelay.deliver([try #require(all.last)] + sent, to: bob)
    #expect(try bob.bodies(with: "Alice") == [.gone(.deleted)])

    // An early edit is kept no longer than its message may live.
    let timed = try say("an hour", alice, SendOptions(limits: MessageLimits(readSeconds: 0, maximumAgeSeconds: 3_600)))
    try alice.sendAll()
    _ = try alice.core.edit(timed, text: "one hour")
    try alice.sendAll()
    try LyingRelay.deliver([try #require(try bob.waiting().last)], to: bob)
    func pending() throws -> Int {
      var count = 0
      try bob.withVault { vault in
        count = try vault.read { try $0.pendingOperationCount(contactID: try #require(try $0.contacts().first).id) }
      }
      return count
    }
    #expect(try pending() == 1)
    pair.clock.advance(by: .seconds(86_400))
    try bob.core.eraseDue()
    #expect(try pending() == 0)
  }

  @Test func `an edit does not make a message live longer, and its words end with it`() throws {
    let pair = try Pair()
    let limits = MessageLimits(readSeconds: 0, maximumAgeSeconds: 3_600)
    let id = try say("an hour", pair.alice, SendOptions(limits: limits))
    try pair.settle()
    #expect(try pair.bob.core.search(SearchQuery("hour")).hits.count == 1)
    let before = try pair.alice.core.message(id).goneAt
    pair.clock.advance(by: .seconds(3_000))
    _ = try pair.alice.core.edit(id, text: "sixty minutes")
    try pair.settle()
    #expect(try pair.alice.core.message(id).goneAt == before)
    #expect(try pair.bob.core.search(SearchQuery("hour")).hits.isEmpty)
    #expect(try pair.bob.core.search(SearchQuery("minutes")).hits.count == 1)
    pair.clock.advance(by: .seconds(601))
    for (party, name) in [(pair.alice, "bob"), (pair.bob, "Alice")] {
      try party.core.eraseDue()
      #expect(try party.bodies(with: name) == [.gone(.expired)])
      #expect(try party.shown(with: name).first?.edit == nil)
      #expect(try party.core.search(SearchQuery("minutes")).hits.isEmpty)
    }
  }

  @Test func `a lost edit is asked for and sent again, in the words that the message has then`() throws {
    let (pair, _) = try Pair.talking()
    let (alice, bob) = (pair.alice, pair.bob)
    let id = try say("one", alice)
    try pair.settle()
    _ = try alice.core.edit(id, text: "two")
    try alice.sendAll()
    #expect(try alice.loseWaiting(for: bob) == 1)
    try alice.say("arrives", to: "bob")
    try pair.settle()
    #expect(try texts(bob, with: "Alice").contains("one"))
    _ = try alice.core.edit(id, text: "three")
    try alice.sendAll()
    #expect(try alice.loseWaiting(for: bob) == 1)
    try alice.say("arrives too", to: "bob")
    try pair.settle()
    try pair.pass(120)
    #expect(try texts(bob, with: "Alice").contains("three (2)"))
    #expect(try edits(bob) == 1, "what was sent twice is the same edit")
  }

  /// The words of before are destroyed as those of a deleted message are: a copy of the database, with the vault's key and
  /// the erasure key of afterwards, does not open them.
  @Test func `nothing is left of the words of before, in no file and in no copy that still opens`() throws {
    let pair = try Pair()
    let words = Words(prefix: "zqvkxjw")
    var ids: [Int64] = []
    for _ in 0..<20 { ids.append(try say(words.text(20), pair.alice)) }
    let kept = try say("zqvstay", pair.alice)
    try pair.settle()
    for party in [pair.alice, pair.bob] { _ = try party.core.search(SearchQuery("zqvkxjw")) }
    let copies = [pair.alice, pair.bob].map { ($0, $0.folder + "-old") }
    defer { for (_, copy) in copies { try? FileManager.default.removeItem(atPath: copy) } }
    for (party, copy) in copies { try FileManager.default.copyItem(atPath: party.folder, toPath: copy) }
    for id in ids { _ = try pair.alice.core.edit(id, text: "nothing to see") }
    try pair.settle()
    pair.clock.advance(by: .seconds(120))
    for (party, copy) in copies {
      try party.core.eraseDue()
      #expect(try Self.contents(party.folder).allSatisfy { !$0.contains("zqvkxjw") }, "\(party.name)")
      #expect(try Self.contents(party.folder).contains { $0.contains("zqvstay") })
      // Control: the copy opens whole with its own erasure key, and not with the one of now.
      #expect(try Self.contents(copy).contains { $0.contains("zqvkxjw") })
      let key = "/home/erasure.key"
      try FileManager.default.removeItem(atPath: copy + key)
      try FileManager.default.copyItem(atPath: party.folder + key, toPath: copy + key)
      #expect(throws: (any Error).self) { try Self.contents(copy) }
    }
    #expect(try pair.alice.core.message(kept).body == .text("zqvstay"))
  }

  /// Everything that opens in a copy of the vault in `folder`.
  private static func contents(_ folder: String) throws -> [String] {
    let copy = NSTemporaryDirectory() + "sotto-edits-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: copy) }
    try FileManager.default.copyItem(atPath: folder, toPath: copy)
    let vault = try Vault.open(
      directory: copy + "/home", protection: .keyFile(path: copy + "/key"), randomness: SeededRandomness(copy))
    return try vault.read { transaction in
      var found: [[UInt8]] = []
      for conversation in try transaction.conversations() {
        for message in try transaction.messages(conversationID: conversation.id, limit: .max, ascending: true) {
          found.append(try transaction.messageContent(id: message.id) ?? [])
        }
      }
      for row in try transaction.outbox(after: 0, limit: .max) { found.append(row.body) }
      for device in try transaction.contacts().flatMap({ try transaction.peerDevices(contactID: $0.id) }) {
        for sent in try transaction.sentLog(peerDeviceID: device.id) {
          found.append(try transaction.sentContent(peerDeviceID: device.id, pairSeq: sent.pairSeq) ?? [])
        }
      }
      return found.map { String(decoding: $0, as: UTF8.self) }
    }
  }

  /// Edits, deletions and messages in any order, some before their targets, some twice: the same end everywhere.
  @Test(arguments: 1...6)
  func `whatever the order in which edits, deletions and messages arrive, the end is the same`(seed: Int) throws {
    let dice = SeededRandomness("edits \(seed)")
    func roll(_ sides: Int) -> Int { Int(dice.number(in: 1...Int64(sides))) }
    let pair = try Pair()
    let (alice, bob) = (pair.alice, pair.bob)
    var sent: [Int64] = []
    for step in 1...24 {
      switch roll(6) {
      case 1...2: sent.append(try say("message \(step)", alice))
      case 3...5 where !sent.isEmpty:
        do { _ = try alice.core.edit(sent[roll(sent.count) - 1], text: "edit \(step)") } catch MessagingError
          .contentGone
        {}
      case 6 where sent.count > 2: try alice.core.deleteForEveryone([sent[roll(sent.count) - 1]])
      default: sent.append(try say("message \(step)", alice))
      }
      if roll(3) > 1 { try alice.sendAll() }
      pair.clock.advance(by: .seconds(1))
    }
    try alice.sendAll()
    var waiting = try bob.waiting()
    #expect(waiting.count > 8)
    for index in stride(from: waiting.count - 1, to: 0, by: -1) { waiting.swapAt(index, roll(index + 1) - 1) }
    waiting += stride(from: 0, to: waiting.count, by: 3).map { waiting[$0] }
    try LyingRelay.deliver(waiting, to: bob)
    let (his, hers) = (try bob.shown(with: "Alice"), try alice.shown(with: "bob"))
    let known = Set(his.map(\.messageID))
    let expected = hers.filter { known.contains($0.messageID) }
    #expect(his.map(\.body) == expected.map(\.body), "seed \(seed)")
    #expect(his.map(\.edit?.revision) == expected.map(\.edit?.revision), "seed \(seed)")
    #expect(hers.filter { !known.contains($0.messageID) }.allSatisfy { $0.body == .gone(.deleted) })
    #expect(try bob.core.droppedOperationCount() == 0)
  }
}
