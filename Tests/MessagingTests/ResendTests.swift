import Ambient
import ByteLayout
import Messaging
import RelaySupport
import RelayWire
import TestSupport
import Testing
import Vault

/// Messages that a relay lost, found by the numbers between two devices (Protocol §6, "Resending").
@Suite struct ResendTests {
  @Test func `what a relay loses is asked for and sent again, under the same message id`() throws {
    let (pair, _) = try Pair.talking()
    for number in 1...3 { try pair.alice.say("lost \(number)", to: "bob") }
    try pair.alice.sendAll()
    #expect(try pair.alice.loseWaiting(for: pair.bob) == 3)
    try pair.alice.say("arrives", to: "bob")
    try pair.settle()
    #expect(try pair.bob.transcript(with: "Alice").contains("<arrives"))
    #expect(try pair.bob.transcript(with: "Alice").contains("<lost 1") == false)
    try pair.pass(120)
    let sent = try pair.alice.core.messages(with: try pair.alice.core.contact(named: "bob").id)
    let received = try pair.bob.core.messages(with: try pair.bob.core.contact(named: "Alice").id)
    #expect(received.map(\.messageID) == sent.map(\.messageID))
    #expect(try pair.alice.states(with: "bob").allSatisfy { $0 == .delivered })
    #expect(try pair.bob.events(.messageUndecryptable).count == 0)
  }

  @Test func `what was sent and cannot be read here is sent again as it was`() throws {
    let (pair, _) = try Pair.talking()
    let alice = pair.alice
    try alice.send(raw: [0xFF], to: "bob")
    try alice.sendAll()
    #expect(try alice.loseWaiting(for: pair.bob) == 1)
    try alice.say("arrives", to: "bob")
    try pair.settle()
    let before = alice.putCount
    try pair.pass(120)
    #expect(alice.putCount > before, "it was asked for, and sent again")
    try alice.say("and after it", to: "bob")
    try pair.settle()
    #expect(try alice.states(with: "bob").allSatisfy { $0 == .delivered })
  }

  @Test func `disorder within the grace is no gap`() throws {
    let (pair, _) = try Pair.talking()
    for number in 1...4 { try pair.alice.say("\(number)", to: "bob") }
    try pair.alice.sendAll()
    let waiting = try pair.bob.waiting()
    try LyingRelay.deliver(Array(waiting.reversed().dropLast()), to: pair.bob)
    pair.clock.advance(by: .seconds(29))
    let before = pair.bob.putCount
    try pair.bob.core.performDueWork()
    #expect(try pair.bob.core.outboxCount() == 1, "the receipts, and no request")
    try LyingRelay.deliver([waiting[0]], to: pair.bob)
    pair.clock.advance(by: .seconds(3_600))
    try pair.bob.sendAll()
    #expect(pair.bob.putCount <= before + 2)
    #expect(try pair.bob.transcript(with: "Alice").filter { $0.count == 2 } == ["<1", "<2", "<3", "<4"])
  }

  @Test func `requests come at most once a minute, twice as far apart each time, and end after fourteen days`() throws {
    let (pair, _) = try Pair.talking()
    try pair.alice.say("lost", to: "bob")
    try pair.alice.sendAll()
    try pair.alice.loseWaiting(for: pair.bob)
    try pair.alice.say("arrives", to: "bob")
    try pair.alice.sendAll()
    try pair.bob.receiveAll()
    try pair.bob.sendAll()
    let begun = pair.clock.now().seconds
    var askedAt: [Int64] = []
    // Alice never answers.
    while pair.clock.now().seconds < begun + 15 * 86_400 {
      let due = try pair.bob.core.nextDeadline() ?? pair.clock.now().advanced(by: .seconds(3_600))
      pair.clock.set(max(due, pair.clock.now().advanced(by: .seconds(1))))
      if try pair.bob.events(.messageUndecryptable).count > 0 { break }
      if pair.clock.now().seconds % 7 == 0 { try pair.bob.goOnline() }
      let before = pair.bob.putCount
      try pair.bob.sendAll()
      if pair.bob.putCount > before { askedAt.append(pair.clock.now().seconds - begun) }
    }
    #expect(askedAt.count < 30)
    #expect(Array(askedAt.prefix(3)) == [30, 90, 210])
    #expect(zip(askedAt, askedAt.dropFirst()).allSatisfy { $1 - $0 >= 60 })
    #expect(try pair.bob.events(.messageUndecryptable) == (1, 1))
    #expect(try pair.bob.core.nextDeadline() == nil, "then it is quiet")
    // The number counts as processed: what comes late is still shown.
    #expect(try pair.bob.peer("Alice").record?.receivedUpTo ?? 0 > 0)
  }

  @Test func `what was erased meanwhile is told as gone, with one event a gap`() throws {
    let (pair, _) = try Pair.talking()
    for number in 1...5 { try pair.alice.say("secret \(number)", to: "bob") }
    try pair.alice.sendAll()
    try pair.alice.loseWaiting(for: pair.bob) { $0 != 2 }
    let contact = try pair.alice.core.contact(named: "bob").id
    let ids = try pair.alice.core.messages(with: contact).filter { $0.direction == .outgoing }.suffix(5)
      .map(\.id)
    try pair.alice.withVault { try $0.eraseMessages(ids) }
    try pair.alice.say("arrives", to: "bob")
    try pair.settle()
    try pair.pass(240)
    let told = try pair.bob.events(.messageUndecryptable)
    #expect(told == (2, 4), "\(told)")
    #expect(try pair.bob.transcript(with: "Alice").filter { $0.hasPrefix("<secret") } == ["<secret 3"])
    // Everything counts as processed on both sides.
    #expect(
      try pair.bob.peer("Alice").record?.receivedUpTo == (try pair.alice.peer("bob").record?.nextPairSeq).map { $0 - 1 }
    )
    try pair.pass(20 * 86_400, steps: 20)
    #expect(try pair.bob.events(.messageUndecryptable) == (2, 4), "and never again")
  }

  @Test func `a message is sent again at most three times`() throws {
    let (pair, _) = try Pair.talking()
    try pair.alice.say("lost for ever", to: "bob")
    try pair.alice.sendAll()
    try pair.alice.loseWaiting(for: pair.bob)
    try pair.alice.say("arrives", to: "bob")
    try pair.alice.sendAll()
    try pair.bob.receiveAll()
    let number = try #require(try pair.bob.peer("Alice").record).receivedUpTo + 1
    for _ in 0..<12 {
      pair.clock.advance(by: .seconds(43_200))
      try pair.bob.goOnline()
      try pair.alice.goOnline()
      try pair.bob.sendAll()
      try pair.alice.receiveAll()
      try pair.alice.sendAll()
      try pair.alice.loseWaiting(for: pair.bob)
      try pair.bob.receiveAll()
    }
    let device = try #require(try pair.alice.peer("bob").record)
    var logged: SentLogRecord?
    try pair.alice.withVault { logged = try $0.read { try $0.sentLog(peerDeviceID: device.id, pairSeq: number) } }
    #expect(logged?.resent == 3)
    #expect(try pair.bob.transcript(with: "Alice").contains("<lost for ever") == false)
  }

  @Test func `a pairAck goes alone once in ten minutes, and never because of receipts`() throws {
    let pair = try Pair()
    try pair.settle()
    // Quiet until nothing is owed any more.
    try pair.pass(3_600, steps: 6)
    let quiet = (pair.alice.putCount, pair.bob.putCount)
    try pair.pass(36_000, steps: 60)
    #expect(quiet == (pair.alice.putCount, pair.bob.putCount), "acknowledging an acknowledgement never ends")
    // A receipt carries the pairAck of a text; nothing more follows.
    try pair.alice.say("hello", to: "bob")
    try pair.pass(7_200, steps: 24)
    #expect(pair.alice.putCount == quiet.0 + 1)
    #expect(pair.bob.putCount == quiet.1 + 1)
    #expect(try pair.alice.peer("bob").record.map { $0.acknowledgedUpTo == $0.nextPairSeq - 1 } == true)
  }

  @Test func `the sent log ends where the pairAck is, and after thirty days`() throws {
    let (pair, _) = try Pair.talking()
    func logged() throws -> Int {
      let device = try #require(try pair.alice.peer("bob").record)
      var count = 0
      try pair.alice.withVault { count = try $0.read { try $0.sentLog(peerDeviceID: device.id).count } }
      return count
    }
    try pair.pass(3_600)
    let before = try logged()
    for number in 1...4 { try pair.alice.say("\(number)", to: "bob") }
    try pair.alice.sendAll()
    #expect(try logged() == before + 4)
    try pair.settle()
    #expect(try logged() <= 1)
    try pair.alice.say("unread", to: "bob")
    try pair.alice.sendAll()
    for _ in 0..<31 {
      pair.clock.advance(by: .seconds(86_400))
      try pair.alice.goOnline()
    }
    #expect(try logged() == 0)
  }
}
