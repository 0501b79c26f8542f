import Ambient
import ByteLayout
import MessageContent
import Messaging
import TestSupport
import Testing
import Vault

/// Operations: deleting, early arrival, convergence (G2–G4).
@Suite struct OperationTests {
  @Test func `a message deleted for everyone is gone on both sides, and both say why`() throws {
    let pair = try Pair()
    try pair.alice.say("stays", to: "bob")
    let id = try pair.alice.say("goes", to: "bob", options: SendOptions())
    try pair.settle()
    #expect(try pair.bob.transcript(with: "Alice") == ["<stays", "<goes"])
    let before = try pair.bob.shown(with: "Alice").map(\.messageID)
    try pair.alice.core.deleteForEveryone([id])
    #expect(try pair.alice.bodies(with: "bob") == [.text("stays"), .gone(.deleted)])
    try pair.settle()
    #expect(try pair.bob.bodies(with: "Alice") == [.text("stays"), .gone(.deleted)])
    #expect(try pair.bob.shown(with: "Alice").map(\.messageID) == before, "the id outlives the content")
    // The log of events shows it as little as the conversation does.
    let events = try pair.bob.core.events(after: 0)
    #expect(events.filter { $0.kind == .messageReceived }.map(\.message?.body) == [.text("stays"), .gone(.deleted)])
    #expect(events.filter { $0.kind == .messageGone }.count == 1)
    // Again, and after a restart, nothing changes.
    try pair.alice.core.deleteForEveryone([id])
    try pair.settle()
    try pair.bob.restart()
    #expect(try pair.bob.bodies(with: "Alice") == [.text("stays"), .gone(.deleted)])
  }

  @Test func `only the author deletes for everyone, and anyone for themselves`() throws {
    let pair = try Pair()
    try pair.alice.say("mine", to: "bob")
    try pair.settle()
    let received = try #require(try pair.bob.shown(with: "Alice").first)
    #expect(throws: MessagingError.notYours(received.id)) { try pair.bob.core.deleteForEveryone([received.id]) }
    #expect(throws: MessagingError.unknownMessage(9_999)) { try pair.bob.core.deleteForMe([9_999]) }
    try pair.bob.core.deleteForMe([received.id])
    try pair.settle()
    #expect(try pair.bob.bodies(with: "Alice") == [.gone(.deleted)])
    #expect(try pair.alice.bodies(with: "bob") == [.text("mine")])
    #expect(try pair.alice.waiting().isEmpty)
  }

  @Test func `a message that never left is deleted without a word`() throws {
    let pair = try Pair()
    let id = try pair.alice.say("second thoughts", to: "bob", options: SendOptions())
    try pair.alice.core.deleteForEveryone([id])
    #expect(try pair.alice.core.outboxCount() == 0)
    try pair.settle()
    #expect(try pair.bob.shown(with: "Alice").isEmpty)
  }

  @Test func `a message that was deleted before it came leaves a tombstone only`() throws {
    let pair = try Pair()
    let id = try pair.alice.say("too late", to: "bob", options: SendOptions())
    try pair.alice.sendAll()
    try pair.alice.core.deleteForEveryone([id])
    try pair.alice.sendAll()
    let waiting = try pair.bob.waiting()
    #expect(waiting.count == 2)
    try LyingRelay.deliver([waiting[1]], to: pair.bob)
    try pair.bob.restart()
    #expect(try pair.bob.shown(with: "Alice").isEmpty, "the deletion waits in the vault")
    try LyingRelay.deliver([waiting[0]], to: pair.bob)
    #expect(try pair.bob.bodies(with: "Alice") == [.gone(.deleted)])
    #expect(try pair.bob.core.events(after: 0).allSatisfy { $0.kind != .messageReceived })
    try pair.bob.sendAll()
    try pair.alice.receiveAll()
    #expect(try pair.alice.shown(with: "bob").map(\.deliveredAt) == [nil], "no receipt for what nobody sees")
  }

  @Test func `an early operation that is never needed is forgotten`() throws {
    let pair = try Pair()
    let id = try pair.alice.say("lost", to: "bob", options: SendOptions())
    try pair.alice.sendAll()
    try pair.alice.core.deleteForEveryone([id])
    try pair.alice.sendAll()
    let waiting = try pair.bob.waiting()
    try LyingRelay.deliver([waiting[1]], to: pair.bob)
    pair.clock.advance(by: .seconds(30 * 86_400))
    try pair.bob.core.eraseDue()
    try LyingRelay.deliver([waiting[1]], to: pair.bob)
    pair.clock.advance(by: .seconds(2 * 86_400))
    try pair.bob.core.eraseDue()
    try pair.bob.withVault { vault throws in
      let count = try vault.read { try $0.pendingOperationCount(contactID: try #require(try $0.contacts().first).id) }
      #expect(count == 0)
    }
  }

  @Test func `a stranger's operations are dropped and counted`() throws {
    let pair = try Pair(introduced: false)
    _ = try pair.alice.core.addContact(invite: try pair.bob.invite(.open), as: "bob")
    let id = try pair.alice.say("hello", to: "bob", options: SendOptions())
    try pair.settle()
    try pair.alice.core.deleteForEveryone([id])
    try pair.alice.setTimer(.afterRead, 60, with: "bob")
    try pair.settle()
    #expect(try pair.bob.transcript(with: "Alice") == ["<hello"])
    #expect(try pair.bob.timer(with: "Alice") == .off)
    #expect(try pair.bob.core.droppedOperationCount() == 2)
  }

  @Test func `nobody deletes what another wrote`() throws {
    let pair = try Pair()
    try pair.bob.say("bob's own", to: "Alice")
    try pair.settle()
    let target = try #require(try pair.bob.shown(with: "Alice").first)
    // Alice's program is another one: it asks for it all the same.
    let forged = try Operation(
      target: OperationTarget(author: try pair.bob.core.ownAccount().accountID, id: MessageID(target.messageID)),
      revision: 1, kind: .delete)
    try pair.alice.send(raw: forged, to: "bob")
    try pair.settle()
    #expect(try pair.bob.bodies(with: "Alice") == [.text("bob's own")])
    #expect(try pair.bob.core.droppedOperationCount() == 1)
  }

  /// Deletes and timer changes in any order, some before their targets: the same end everywhere.
  @Test(arguments: 1...5)
  func `whatever the order in which operations and messages arrive, the end is the same`(seed: Int) throws {
    let dice = SeededRandomness("operations \(seed)")
    func roll(_ sides: Int64) -> Int64 { dice.number(in: 1...sides) }
    let pair = try Pair()
    let (alice, bob) = (pair.alice, pair.bob)
    var sent: [Int64] = []
    for step in 1...20 {
      switch roll(5) {
      case 1...3: sent.append(try alice.say("message \(step)", to: "bob", options: SendOptions()))
      case 4 where !sent.isEmpty: try alice.core.deleteForEveryone([sent[Int(roll(Int64(sent.count))) - 1]])
      default: try alice.setTimer(.afterSend, UInt32(86_400 * (1 + roll(20))), with: "bob")
      }
      try alice.sendAll()
      pair.clock.advance(by: .seconds(1))
    }
    var waiting = try bob.waiting()
    #expect(waiting.count > 10)
    for index in stride(from: waiting.count - 1, to: 0, by: -1) {
      waiting.swapAt(index, Int(roll(Int64(index + 1))) - 1)
    }
    // Every third envelope comes twice.
    waiting += stride(from: 0, to: waiting.count, by: 3).map { waiting[$0] }
    try LyingRelay.deliver(waiting, to: bob)
    let (his, hers) = (try bob.shown(with: "Alice"), try alice.shown(with: "bob"))
    #expect(his.map(\.body) == hers.map(\.body), "seed \(seed)")
    #expect(his.map(\.messageID) == hers.map(\.messageID), "seed \(seed)")
    let (hisTimer, herTimer) = (try bob.timer(with: "Alice"), try alice.timer(with: "bob"))
    #expect(hisTimer == herTimer, "seed \(seed)")
    #expect(try bob.core.droppedOperationCount() == 0)
  }
}
