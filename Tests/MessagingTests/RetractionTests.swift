import Ambient
import ByteLayout
import Messaging
import RelaySupport
import RelayWire
import TestSupport
import Testing
import Vault

/// What happens to the envelopes of own messages that have ended.
@Suite struct RetractionTests {
  /// Does all the retractions that are due, as a node does.
  ///
  /// - Returns: how many.
  @discardableResult
  private func takeBack(_ party: Party) throws -> Int {
    var count = 0
    while let work = try party.core.nextRetraction() {
      if case .envelope(_, let command) = work.item { try #require(party.network[work.host]).retract(command) }
      try party.core.retracted(work)
      count += 1
    }
    return count
  }

  private func limits(_ read: UInt32, _ age: UInt32) -> SendOptions {
    SendOptions(limits: MessageLimits(readSeconds: read, maximumAgeSeconds: age))
  }

  @Test func `a message that is deleted for everyone before it is fetched leaves the relay`() throws {
    let pair = try Pair()
    let id = try pair.alice.say("not yet read", to: "bob", options: SendOptions())
    try pair.alice.say("stays", to: "bob")
    try pair.alice.sendAll()
    #expect(try pair.bob.waiting().count == 2)
    #expect(try pair.alice.core.nextRetraction() == nil)
    try pair.alice.core.deleteForEveryone([id])
    #expect(try takeBack(pair.alice) == 1)
    #expect(try pair.alice.core.nextRetractionTime() == nil)
    #expect(try pair.bob.waiting().count == 1)
    try pair.settle()
    #expect(try pair.bob.bodies(with: "Alice").contains(.text("stays")))
    #expect(try !pair.bob.bodies(with: "Alice").contains(.text("not yet read")))
    try pair.alice.say("and on", to: "bob")
    try pair.bob.say("and back", to: "Alice")
    try pair.settle()
    #expect(Set(try pair.bob.transcript(with: "Alice").suffix(2)) == ["<and on", ">and back"])
  }

  @Test func `an envelope is taken back when its age limit is over, not when only this copy has ended`() throws {
    let pair = try Pair()
    try pair.alice.say("short for me", to: "bob", options: limits(5, 3_600))
    try pair.alice.say("an hour", to: "bob", options: limits(0, 3_600))
    try pair.alice.sendAll()
    pair.clock.advance(by: .seconds(60))
    try pair.alice.core.eraseDue()
    #expect(try pair.alice.bodies(with: "bob").first == .gone(.expired))
    #expect(try takeBack(pair.alice) == 0)
    #expect(try pair.bob.waiting().count == 2)
    pair.clock.advance(by: .seconds(3_540))
    try pair.alice.core.eraseDue()
    #expect(try takeBack(pair.alice) == 2)
    #expect(try pair.bob.waiting().isEmpty)
  }

  @Test func `nothing is taken back of what arrived, nor of what is deleted for oneself`() throws {
    let pair = try Pair()
    let first = try pair.alice.say("one", to: "bob", options: SendOptions())
    try pair.settle()
    let second = try pair.alice.say("two", to: "bob", options: SendOptions())
    try pair.alice.sendAll()
    try pair.alice.core.deleteForMe([second])
    try pair.alice.core.deleteForEveryone([first])
    #expect(try takeBack(pair.alice) == 0)
    try pair.settle()
    #expect(try pair.bob.bodies(with: "Alice") == [.gone(.deleted), .text("two")])
  }

  @Test func `a relay that is away is asked again, later and later, also by the next process`() throws {
    let pair = try Pair()
    let id = try pair.alice.say("not yet read", to: "bob", options: SendOptions())
    try pair.alice.sendAll()
    try pair.alice.core.deleteForEveryone([id])
    var waits: [Int64] = []
    for _ in 0..<12 {
      let work = try #require(try pair.alice.core.nextRetraction())
      #expect(try pair.alice.core.nextRetraction(unreachableHosts: [work.host]) == nil)
      try pair.alice.core.retractionFailed(work, .unreachable)
      try pair.alice.restart()
      let next = try #require(try pair.alice.core.nextRetractionTime())
      waits.append(next.milliseconds - pair.clock.now().milliseconds)
      pair.clock.advance(by: .milliseconds(max(1, waits.last ?? 0)))
    }
    #expect(waits.allSatisfy { (0...15 * 60_000).contains($0) })
    #expect(waits.max() ?? 0 > 60_000)
    #expect(try takeBack(pair.alice) == 1)
    #expect(try pair.bob.waiting().isEmpty)
  }

  @Test func `an envelope whose answer was lost is taken back too, and nothing after 31 days`() throws {
    let pair = try Pair()
    let id = try pair.alice.say("on its way", to: "bob", options: SendOptions())
    // The relay stores it; the answer does not come.
    let work = try #require(try pair.alice.core.nextSenderWork())
    guard case .put(let put) = work else { throw MessagingError.notFailed }
    _ = try pair.bob.relay.put(put.command)
    try pair.alice.core.deleteForEveryone([id])
    #expect(try takeBack(pair.alice) == 0)
    pair.clock.advance(by: .seconds(30))
    #expect(try takeBack(pair.alice) == 1)
    #expect(try pair.bob.waiting().isEmpty)

    let other = try pair.alice.say("two", to: "bob", options: SendOptions())
    try pair.alice.sendAll()
    pair.clock.advance(by: .seconds(32 * 86_400))
    try pair.alice.core.eraseDue()
    try pair.alice.core.deleteForEveryone([other])
    #expect(try pair.alice.core.nextRetraction() == nil)
  }

  @Test func `a vault that is a copy takes nothing back`() throws {
    let pair = try Pair()
    let id = try pair.alice.say("one", to: "bob", options: SendOptions())
    try pair.alice.sendAll()
    let copy = try Party(copyOf: pair.alice)
    try copy.goOnline()
    #expect(throws: MessagingError.vaultCopied) { try pair.alice.goOnline() }
    try pair.alice.core.deleteForEveryone([id])
    #expect(try pair.alice.core.nextRetraction() == nil)
    #expect(try pair.alice.core.nextRetractionTime() == nil)
  }

  @Test func `what is taken back, or over, before it is fetched is not missed by its recipient`() throws {
    let pair = try Pair()
    try pair.settle()
    let id = try pair.alice.say("never mind", to: "bob", options: SendOptions())
    try pair.alice.say("for an hour", to: "bob", options: limits(0, 3_600))
    try pair.alice.sendAll()
    try pair.alice.core.deleteForEveryone([id])
    pair.clock.advance(by: .seconds(3_600))
    try pair.alice.core.eraseDue()
    #expect(try takeBack(pair.alice) == 2)
    try pair.alice.say("arrives", to: "bob")
    try pair.settle()
    try pair.pass(600)
    #expect(try pair.bob.bodies(with: "Alice") == [.text("arrives")])
    #expect(try pair.bob.events(.messageUndecryptable).count == 0)
    // Nothing is asked for any more: every number has come.
    let sent = try #require(try pair.alice.peer("bob").record).nextPairSeq - 1
    #expect(try pair.bob.peer("Alice").record?.receivedUpTo == sent)
  }
}
