import Ambient
import Messaging
import RelaySupport
import RelayWire
import TestSupport
import Testing
import Vault

/// First contacts that nobody answers (Protocol §6).
@Suite struct FirstContactTests {
  private let day: Int64 = 86_400

  @Test func `a first contact that its relay lost is sent again after a day by a fresh handshake`() throws {
    let pair = try Pair(introduced: false)
    _ = try pair.alice.core.addContact(invite: try pair.bob.invite(), as: "bob")
    try pair.alice.say("hello", to: "bob")
    try pair.alice.sendAll()
    let first = try pair.bob.waiting()
    #expect(try pair.alice.loseWaiting(for: pair.bob) == 2)
    try pair.pass(day - 60, steps: 3)
    #expect(try pair.bob.core.contacts().isEmpty)
    try pair.pass(120, steps: 2)
    #expect(try pair.bob.transcript(with: "Alice") == ["<hello"])
    #expect(try pair.alice.states(with: "bob") == [.delivered])
    // The first try, should it come after all, shows nothing twice.
    try LyingRelay.deliver(first, to: pair.bob)
    #expect(try pair.bob.transcript(with: "Alice") == ["<hello"])
    #expect(try pair.bob.core.contacts().count == 1)
  }

  @Test func `it is repeated twice and no more`() throws {
    let pair = try Pair(introduced: false)
    _ = try pair.alice.core.addContact(invite: try pair.bob.invite(), as: "bob")
    try pair.alice.say("hello", to: "bob")
    try pair.alice.sendAll()
    var puts = [pair.alice.putCount]
    for _ in 0..<6 {
      pair.clock.advance(by: .seconds(day))
      try pair.bob.goOnline()
      try pair.alice.goOnline()
      try pair.alice.sendAll()
      puts.append(pair.alice.putCount)
    }
    #expect(puts == [2, 4, 6, 6, 6, 6, 6])
    #expect(try pair.bob.waiting().count == 6)
    try pair.bob.receiveAll()
    #expect(try pair.bob.transcript(with: "Alice") == ["<hello"])
    try pair.settle()
    try pair.alice.say("good to hear from you", to: "bob")
    try pair.settle()
    #expect(try pair.bob.transcript(with: "Alice").last == "<good to hear from you")
  }

  @Test
  func `a session is marked for whom it was started with, until the second ratchet key of who started it has come`()
    throws
  {
    let pair = try Pair(introduced: false)
    _ = try pair.alice.core.addContact(invite: try pair.bob.invite(), as: "bob")
    func marks() throws -> [Bool] {
      try [(pair.alice, "bob"), (pair.bob, "Alice")].map { party, name in
        let core = try party.core
        return try core.awaitsSecondKey(contact: try core.contact(named: name).id)
      }
    }
    try pair.alice.say("hello", to: "bob")
    try pair.alice.sendAll()
    try pair.bob.receiveAll()
    #expect(try marks() == [false, true])
    try pair.alice.say("still me", to: "bob")
    try pair.alice.sendAll()
    try pair.bob.receiveAll()
    #expect(try marks() == [false, true], "the same key says nothing more")
    try pair.bob.say("hello yourself", to: "Alice")
    try pair.bob.sendAll()
    try pair.alice.receiveAll()
    #expect(try marks() == [false, true])
    try pair.alice.say("now I know your key", to: "bob")
    try pair.alice.sendAll()
    try pair.bob.receiveAll()
    #expect(try marks() == [false, false])
  }

  @Test func `a session that began without a one-time prekey says so on both sides`() throws {
    for (oneTimePrekeys, isLacking) in [(0, true), (16, false)] {
      let pair = try Pair(oneTimePrekeys: oneTimePrekeys)
      for (party, name) in [(pair.alice, "bob"), (pair.bob, "Alice")] {
        let core = try party.core
        #expect(try core.lacksOneTimePrekey(contact: try core.contact(named: name).id) == isLacking)
      }
    }
  }

  @Test func `an answer within the day is the end of it`() throws {
    let pair = try Pair()
    try pair.settle()
    try pair.pass(3_600)
    let puts = pair.alice.putCount
    try pair.pass(3 * day, steps: 6)
    #expect(pair.alice.putCount == puts)
  }

  @Test func `a session that nobody acknowledged for thirty days sends no more, and a fresh one does`() throws {
    let pair = try Pair(introduced: false)
    _ = try pair.alice.core.addContact(invite: try pair.bob.invite(), as: "bob")
    try pair.alice.sendAll()
    for _ in 0..<33 {
      pair.clock.advance(by: .seconds(day))
      try pair.bob.goOnline()
      try pair.alice.goOnline()
      try pair.alice.sendAll()
    }
    let sessions = try pair.alice.events(.sessionStarted).count
    #expect(sessions == 3)
    // Its invite has expired: without another way in nothing leaves, least of all on the old session.
    try pair.alice.say("still there?", to: "bob")
    try pair.alice.sendAll()
    #expect(try pair.alice.states(with: "bob") == [.queued])
    #expect(try pair.alice.events(.sessionStarted).count == 3)
  }

  @Test func `an answer that its relay lost is sent again after a day, when the invite is long spent`() throws {
    let pair = try Pair(introduced: false)
    _ = try pair.alice.core.addContact(invite: try pair.bob.invite(), as: "bob")
    try pair.alice.sendAll()
    try pair.bob.receiveAll()
    try pair.bob.sendAll()
    #expect(try pair.bob.loseWaiting(for: pair.alice) > 0)
    for number in 1...20 { try pair.alice.say("\(number)", to: "bob") }
    try pair.pass(day - 60, steps: 8)
    #expect(try pair.alice.states(with: "bob").last == .queued)
    try pair.pass(3_600, steps: 12)
    #expect(try pair.alice.states(with: "bob").allSatisfy { $0 == .delivered })
    #expect(try pair.bob.transcript(with: "Alice") == (1...20).map { "<\($0)" })
  }

}
