import Ambient
import Messaging
import RelaySupport
import RelayWire
import TestSupport
import Testing
import Vault

/// Sessions that cannot decrypt any more, and how they come back (Protocol §6, "Repair").
@Suite struct RepairTests {
  private let minute: Int64 = 60

  @Test func `a broken session is renewed once, and what it lost arrives after all`() throws {
    let (pair, early) = try Pair.talking()
    try pair.bob.setSessions(early)
    for number in 1...5 { try pair.alice.say("lost \(number)", to: "bob") }
    try pair.alice.sendAll()
    let report = try pair.bob.receiveAll()
    #expect(report.undecryptable == 5 && report.accepted == 0)
    #expect(try pair.bob.peer("Alice").quarantined == 5)
    let before = pair.bob.putCount
    try pair.bob.sendAll()
    #expect(pair.bob.putCount == before + 1, "five messages, one renewal")
    try pair.pass(5 * minute)
    let lost = try pair.bob.transcript(with: "Alice").filter { $0.hasPrefix("<lost") }
    #expect(lost == (1...5).map { "<lost \($0)" })
    #expect(try pair.alice.states(with: "bob").allSatisfy { $0 == .delivered })
    #expect(try pair.bob.events(.messageReceived).count == 7, "each is told once")
    #expect(try pair.bob.events(.messageUndecryptable).count == 0)
    #expect(try pair.bob.events(.sessionBroken).count == 0)
    try pair.bob.say("and back", to: "Alice")
    try pair.settle()
    #expect(try pair.alice.transcript(with: "bob").last == "<and back")
    // Whatever is left in quarantine goes quietly.
    try pair.pass(15 * 86_400, steps: 15)
    #expect(try pair.bob.peer("Alice").quarantined == 0)
    #expect(try pair.bob.events(.messageUndecryptable).count == 0)
  }

  @Test func `after three renewals that brought nothing the user is told once, and then it is quiet`() throws {
    let (pair, early) = try Pair.talking()
    try pair.bob.setSessions(early)
    let begun = pair.clock.now().seconds
    var renewedAt: [Int64] = []
    // Alice writes every minute and never reads.
    for number in 0..<180 {
      try pair.alice.say("lost \(number)", to: "bob")
      try pair.alice.sendAll()
      try pair.bob.receiveAll()
      let before = pair.bob.putCount
      try pair.bob.sendAll()
      if pair.bob.putCount > before { renewedAt.append((pair.clock.now().seconds - begun) / minute) }
      pair.clock.advance(by: .seconds(minute))
    }
    #expect(renewedAt == [0, 10, 30], "10 minutes, then 20, then never again")
    #expect(try pair.bob.events(.sessionBroken).count == 1)
    let told = try #require(try pair.bob.core.events(after: 0, limit: 10_000).first { $0.kind == .sessionBroken })
    #expect(told.about?.contact == "Alice")
    #expect(try pair.bob.core.outboxCount() == 0)
    // The peer writes something that can be read: everything heals.
    try pair.settle()
    try pair.pass(60 * minute, steps: 30)
    #expect(try pair.bob.transcript(with: "Alice").filter { $0.hasPrefix("<lost") }.count == 180)
    #expect(try pair.bob.events(.sessionBroken).count == 1)
  }

  @Test func `the user writes to a broken contact, and it is renewed once more`() throws {
    let (pair, early) = try Pair.talking()
    try pair.bob.setSessions(early)
    for number in 0..<100 {
      try pair.alice.say("lost \(number)", to: "bob")
      try pair.alice.sendAll()
      try pair.bob.receiveAll()
      try pair.bob.sendAll()
      pair.clock.advance(by: .seconds(minute))
    }
    #expect(try pair.bob.events(.sessionBroken).count == 1)
    try pair.bob.say("are you there?", to: "Alice")
    let before = pair.bob.putCount
    try pair.bob.sendAll()
    #expect(pair.bob.putCount == before + 2, "the renewal and the text")
    try pair.alice.receiveAll()
    #expect(try pair.alice.transcript(with: "bob").last == "<are you there?")
  }

  @Test func `no more than 256 undecryptable messages of a device are kept, and none twice`() throws {
    let (pair, early) = try Pair.talking()
    try pair.bob.setSessions(early)
    for number in 1...300 { try pair.alice.say("\(number)", to: "bob") }
    try pair.alice.sendAll()
    let waiting = try pair.bob.waiting()
    #expect(try pair.bob.receiveAll().undecryptable >= 256)
    try pair.bob.receiveAll()
    #expect(try pair.bob.peer("Alice").quarantined == 256)
    #expect(try LyingRelay.deliver(Array(waiting.prefix(10)), to: pair.bob, times: 20).undecryptable == 200)
    #expect(try pair.bob.peer("Alice").quarantined == 256)
  }

  @Test func `what a stranger sends is neither kept nor repaired`() throws {
    let pair = try Pair(introduced: false)
    _ = try pair.alice.core.addContact(invite: try pair.bob.invite(.open), as: "bob")
    try pair.alice.say("hello", to: "bob")
    try pair.alice.sendAll()
    try pair.bob.receiveAll()
    let carol = try Party("Carol", relay: pair.bob.relay, clock: pair.clock)
    carol.network = pair.alice.network
    try carol.goOnline()
    _ = try carol.core.addContact(invite: try pair.bob.invite(.open), as: "bob")
    try carol.sendAll()
    try pair.bob.receiveAll()
    // Another session's ratchet in its place: nothing of this one opens any more.
    let (hers, carols) = (try pair.bob.sessionStates(with: "Alice"), try pair.bob.sessionStates(with: "Carol"))
    hers.states = hers.states.compactMapValues { _ in carols.states.values.first }
    try pair.bob.setSessions(hers)
    try pair.alice.say("again", to: "bob")
    try pair.alice.sendAll()
    #expect(try pair.bob.receiveAll().undecryptable == 1)
    #expect(try pair.bob.peer("Alice").quarantined == 0)
    try pair.pass(3_600)
    #expect(try pair.alice.waiting().isEmpty && pair.bob.putCount == 0)
  }

  @Test func `a message that came before its session waits, and is shown when the session comes`() throws {
    let pair = try Pair()
    _ = try pair.carol()
    // Alice starts a fresh session.
    try pair.alice.breakSessions(with: "bob", using: "Carol")
    try pair.bob.say("cannot be read", to: "Alice")
    try pair.bob.sendAll()
    #expect(try pair.alice.receiveAll().undecryptable == 1)
    try pair.alice.say("early bird", to: "bob")
    try pair.alice.sendAll()
    let waiting = try pair.bob.waiting()
    #expect(waiting.count == 2)
    // The relay was slow with the first, and the second has lost its session start on the way.
    try pair.bob.quarantine(withoutStart: try #require(waiting.last), from: "Alice")
    #expect(try pair.bob.peer("Alice").quarantined == 1)
    #expect(try LyingRelay.deliver([waiting[0]], to: pair.bob).accepted == 1)
    #expect(try pair.bob.peer("Alice").quarantined == 0)
    #expect(try pair.bob.transcript(with: "Alice").contains("<early bird"))
    // And the whole of it is a replay now.
    #expect(try LyingRelay.deliver([waiting[1]], to: pair.bob).duplicates == 1)
  }

  @Test func `what nobody ever explains is told once after fourteen days`() throws {
    let (pair, early) = try Pair.talking()
    try pair.bob.setSessions(early)
    for number in 1...3 { try pair.alice.say("lost \(number)", to: "bob") }
    try pair.alice.sendAll()
    try pair.bob.receiveAll()
    for _ in 0..<13 {
      pair.clock.advance(by: .seconds(86_400))
      try pair.bob.goOnline()
      try pair.bob.sendAll()
    }
    #expect(try pair.bob.events(.messageUndecryptable).count == 0)
    for _ in 0..<5 {
      pair.clock.advance(by: .seconds(86_400))
      try pair.bob.goOnline()
      try pair.bob.sendAll()
    }
    #expect(try pair.bob.events(.messageUndecryptable) == (1, 3))
    #expect(try pair.bob.peer("Alice").quarantined == 0)
  }

  @Test func `both sides renewing at once end on one session and lose nothing`() throws {
    let pair = try Pair()
    _ = try pair.carol()
    try pair.bob.breakSessions(with: "Alice", using: "Carol")
    try pair.alice.breakSessions(with: "bob", using: "Carol")
    try pair.alice.say("from alice", to: "bob")
    try pair.bob.say("from bob", to: "Alice")
    try pair.alice.sendAll()
    try pair.bob.sendAll()
    #expect(try pair.alice.receiveAll().undecryptable == 1 && pair.bob.receiveAll().undecryptable == 1)
    try pair.alice.sendAll()
    try pair.bob.sendAll()
    try pair.pass(1_800, steps: 10)
    #expect(try pair.bob.transcript(with: "Alice").filter { $0 == "<from alice" }.count == 1)
    #expect(try pair.alice.transcript(with: "bob").filter { $0 == "<from bob" }.count == 1)
    let puts = (pair.alice.putCount, pair.bob.putCount)
    try pair.pass(1_800)
    #expect(puts == (pair.alice.putCount, pair.bob.putCount), "then it is quiet")
  }
}
