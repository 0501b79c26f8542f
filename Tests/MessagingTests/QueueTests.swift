import Ambient
import ByteLayout
import Messaging
import RelaySupport
import RelayWire
import TestSupport
import Testing
import Vault

/// The outbox when much of it cannot be sent: counted in rows that are looked at, which no busy machine changes.
@Suite struct QueueTests {
  /// Alice with contacts at a relay that nobody reaches, and Bob, whose relay answers.
  private func crowd(_ count: Int) throws -> (pair: Pair, stuck: [Int64], away: InProcessRelay) {
    let pair = try Pair(twoRelays: true)
    let away = try InProcessRelay(number: 3, clock: pair.clock)
    let owner = try Party("Owner", relay: away, host: "127.0.0.1:8449", clock: pair.clock)
    try owner.goOnline()
    var stuck: [Int64] = []
    for number in 0..<count {
      stuck.append(try pair.alice.core.addContact(invite: try owner.strangersInvite(number), as: "away \(number)").id)
    }
    return (pair, stuck, away)
  }

  @Test func `thousands of rows for one unreachable contact cost a round one look`() throws {
    let (pair, stuck, _) = try crowd(1)
    for number in 0..<2_000 { _ = try pair.alice.core.send(text: "\(number)", file: nil, to: stuck[0]) }
    for number in 0..<20 { try pair.alice.say("\(number)", to: "bob") }
    var round = SenderRound(unreachableHosts: ["127.0.0.1:8449"])
    var puts = 0
    while let work = try pair.alice.core.nextSenderWork(&round) {
      guard case .put(let put) = work else { continue }
      try pair.alice.core.putStored(put, receipt: try pair.bob.relay.put(put.command))
      puts += 1
    }
    #expect(puts == 20)
    #expect(round.examined <= 21)
    try pair.bob.receiveAll()
    #expect(try pair.bob.transcript(with: "Alice") == (0..<20).map { "<\($0)" })
  }

  @Test func `many contacts of whom each is stuck are looked at once a round, however much is sent to another`() throws
  {
    let (pair, stuck, _) = try crowd(60)
    for contact in stuck { _ = try pair.alice.core.send(text: "hello?", file: nil, to: contact) }
    for number in 0..<60 { try pair.alice.say("\(number)", to: "bob") }
    var round = SenderRound(unreachableHosts: ["127.0.0.1:8449"])
    while let work = try pair.alice.core.nextSenderWork(&round) {
      guard case .put(let put) = work else { continue }
      try pair.alice.core.putStored(put, receipt: try pair.bob.relay.put(put.command))
    }
    #expect(round.examined <= 60 + 60)
    try pair.bob.receiveAll()
    #expect(try pair.bob.transcript(with: "Alice") == (0..<60).map { "<\($0)" })
  }

  @Test func `a failed attempt puts off the first row alone, and nothing behind it overtakes it`() throws {
    let (pair, _, _) = try crowd(0)
    try pair.alice.say("first", to: "bob")
    try pair.alice.say("second", to: "bob")
    let work = try #require(try pair.alice.core.nextSenderWork())
    var waited = false
    try pair.alice.core.senderWorkFailed(work, .refused(RelayRefusal(.unavailable, "", retryAfterSeconds: 60)))
    waited = try pair.alice.core.nextSenderWork() == nil
    #expect(waited, "the second waits behind the first")
    let due = try #require(try pair.alice.core.nextDeadline())
    #expect(due >= pair.clock.now().advanced(by: .seconds(60)), "and says so: nobody wakes for it before")
    pair.clock.set(due)
    try pair.settle()
    #expect(try pair.bob.transcript(with: "Alice") == ["<first", "<second"])
  }

  @Test func `when the first row goes with its message, it is the turn of the next`() throws {
    let (pair, _, _) = try crowd(0)
    try pair.alice.say("taken back", to: "bob")
    try pair.alice.say("stays", to: "bob")
    let first = try #require(try pair.alice.shown(with: "bob").first)
    try pair.alice.core.deleteForMe([first.id])
    try pair.settle()
    #expect(try pair.bob.transcript(with: "Alice") == ["<stays"])
  }

  @Test func `what was tried for fourteen days fails in one round, and what is younger is tried`() throws {
    let (pair, stuck, _) = try crowd(1)
    for number in 0..<5 { _ = try pair.alice.core.send(text: "\(number)", file: nil, to: stuck[0]) }
    pair.clock.advance(by: .seconds(10 * 86_400))
    _ = try pair.alice.core.send(text: "younger", file: nil, to: stuck[0])
    pair.clock.advance(by: .seconds(5 * 86_400))
    var round = SenderRound()
    guard case .fetchBundle? = try pair.alice.core.nextSenderWork(&round) else {
      Issue.record("the younger one wants a bundle")
      return
    }
    let states = try pair.alice.core.messages(with: stuck[0]).map(\.state)
    #expect(states == Array(repeating: .failed, count: 5) + [.queued])
  }
}

extension Party {
  /// A link to an account that does not exist, at this party's relay.
  fileprivate func strangersInvite(_ number: Int) throws -> String {
    let stranger = try Party("Stranger \(number)", relay: relay, host: host, clock: clock)
    try stranger.goOnline()
    return try stranger.invite()
  }
}
