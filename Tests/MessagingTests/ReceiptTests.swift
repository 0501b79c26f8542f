import Ambient
import Messaging
import RelaySupport
import TestSupport
import Testing

@Suite struct ReceiptTests {
  @Test func `on the grid a receipt leaves at the next ten seconds and up to ten later`() throws {
    let pair = try Pair(timing: .grid)
    // Let the introductions pass.
    pair.clock.advance(by: .seconds(60))
    try pair.settle()
    try pair.alice.say("hello", to: "bob")
    try pair.alice.sendAll()
    let received = pair.clock.now()
    try pair.bob.receiveAll()
    let due = try #require(try pair.bob.core.nextDeadline())
    let grid = (received.milliseconds / 10_000 + 1) * 10_000
    #expect(due.milliseconds >= grid && due.milliseconds <= grid + 10_000)
    try pair.bob.sendAll()
    #expect(try pair.alice.waiting().isEmpty)
    pair.clock.set(due)
    try pair.bob.sendAll()
    try pair.alice.receiveAll()
    #expect(try pair.alice.states(with: "bob") == [.delivered])
    let sent = try pair.alice.core.messages(with: try pair.alice.core.contact(named: "bob").id)
    #expect(sent.map(\.deliveredAt) == [WallTime(seconds: due.seconds)], "dated by the grid, not by the moment")
  }

  @Test func `many messages of one contact are receipted in one envelope`() throws {
    let pair = try Pair(timing: .grid)
    pair.clock.advance(by: .seconds(60))
    try pair.settle()
    for number in 0..<20 { try pair.alice.say("\(number)", to: "bob") }
    try pair.alice.sendAll()
    try pair.bob.receiveAll()
    pair.clock.advance(by: .seconds(30))
    try pair.bob.sendAll()
    #expect(try pair.alice.waiting().count == 1)
    try pair.alice.receiveAll()
    #expect(try pair.alice.states(with: "bob").allSatisfy { $0 == .delivered })
  }

  @Test func `a stranger gets no receipt until they are answered`() throws {
    let pair = try Pair(introduced: false)
    let link = try pair.bob.invite(.open)
    _ = try pair.alice.core.addContact(invite: link, as: "bob")
    try pair.alice.say("hello?", to: "bob")
    try pair.settle()
    #expect(try pair.bob.core.contact(named: "Alice").status == .stranger)
    #expect(try pair.alice.states(with: "bob") == [.stored])
    #expect(try pair.alice.waiting().isEmpty)
    let incoming = try pair.bob.core.messages(with: try pair.bob.core.contact(named: "Alice").id)
    try pair.bob.core.markRead(incoming.map(\.id))
    try pair.settle()
    #expect(try pair.alice.states(with: "bob") == [.stored])
    try pair.bob.say("hello!", to: "Alice")
    try pair.settle()
    #expect(try pair.bob.core.contact(named: "Alice").status == .accepted)
    #expect(try pair.alice.transcript(with: "bob") == [">hello?", "<hello!"])
    try pair.alice.say("now you know", to: "bob")
    try pair.settle()
    #expect(try pair.alice.states(with: "bob").last == .delivered)
  }

  @Test func `a receipt names only messages that were sent to its sender`() throws {
    let pair = try Pair()
    let carol = try Party("Carol", relay: pair.alice.relay, clock: pair.clock)
    try carol.goOnline()
    _ = try carol.core.addContact(invite: try pair.alice.invite(), as: "alice")
    for _ in 0..<3 {
      try carol.sendAll()
      try pair.alice.receiveAll()
      try pair.alice.sendAll()
      try carol.receiveAll()
    }
    try pair.alice.say("for bob only", to: "bob")
    try pair.alice.sendAll()
    // Carol receipts everything she has; none of it is Alice's message to Bob.
    try carol.say("hi", to: "alice")
    try carol.sendAll()
    try pair.alice.receiveAll()
    #expect(try pair.alice.states(with: "bob") == [.stored])
  }

  @Test func `a message that was given up is raised again by its receipt`() throws {
    let pair = try Pair()
    try pair.alice.say("slow", to: "bob")
    var stored = false
    pair.alice.letsThrough = { command in
      stored = (try? pair.alice.relay.put(command)) != nil
      return false
    }
    try pair.alice.sendAll()
    #expect(stored)
    #expect(try pair.alice.states(with: "bob") == [.queued])
    try pair.bob.receiveAll()
    try pair.bob.sendAll()
    pair.alice.letsThrough = { _ in true }
    try pair.alice.receiveAll()
    #expect(try pair.alice.states(with: "bob") == [.delivered])
  }
}
