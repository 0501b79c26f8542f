import Ambient
import Foundation
import Messaging
import Synchronization
import TestSupport
import Testing
import Vault

/// Erasures that follow each other quickly: their keys are destroyed at once, their traces together.
@Suite struct ErasureTraceTests {
  /// Counts how often the write-ahead log was emptied by an erasure.
  private final class Truncations: CommitGate, Sendable {
    private let counted = Mutex(0)
    var count: Int { counted.withLock { $0 } }
    func willCommit(_ number: Int) throws {}
    func didCommit(_ number: Int) throws {}
    func erasureReached(_ step: ErasureStep) throws {
      if step == .logTruncated { counted.withLock { $0 += 1 } }
    }
  }

  private static func log(of party: Party) throws -> Int {
    try Data(contentsOf: URL(fileURLWithPath: party.folder + "/home/vault.sqlite-wal")).count
  }

  private static func slots(of party: Party) throws -> (Data, Data) {
    let bytes = try Data(contentsOf: URL(fileURLWithPath: party.folder + "/home/erasure.key"))
    return (bytes.prefix(4_096), bytes.suffix(4_096))
  }

  private static func isWiped(_ slot: Data) -> Bool { slot.allSatisfy { $0 == 0 } }

  @Test func `thirty deletions within a minute empty the log twice, the last at most 60 s after the first`() throws {
    let pair = try Pair()
    for number in 0..<30 { try pair.alice.say("word \(number)", to: "bob") }
    try pair.settle()
    let ids = try pair.bob.shown(with: "Alice").map(\.id)
    let gate = Truncations()
    try pair.bob.restart(gate: gate)
    let core = try pair.bob.core
    for id in ids {
      try core.deleteForMe([id])
      pair.clock.advance(by: .milliseconds(1_900))
    }
    #expect(gate.count == 1, "the first leaves nothing; the others wait")
    for id in ids { #expect(try core.message(id).body == .gone(.deleted)) }
    #expect(try Self.log(of: pair.bob) > 0)
    let due = try #require(try core.nextExpiry())
    let now = pair.clock.now()
    #expect(due.seconds - now.seconds <= 60 - 57 + 1)
    pair.clock.advance(by: .seconds(due.seconds - now.seconds))
    try core.eraseDue()
    #expect(gate.count == 2)
    #expect(try Self.log(of: pair.bob) == 0)
    let slots = try Self.slots(of: pair.bob)
    #expect(Self.isWiped(slots.0) != Self.isWiped(slots.1))
    #expect(try core.nextExpiry() == nil)
    pair.clock.advance(by: .seconds(600))
    try core.eraseDue()
    #expect(gate.count == 2, "nothing is left to do")
  }

  @Test func `every key is destroyed at once, whatever traces wait`() throws {
    let pair = try Pair()
    for text in ["one", "two", "three"] { try pair.alice.say(text, to: "bob") }
    try pair.settle()
    let ids = try pair.bob.shown(with: "Alice").map(\.id)
    try pair.bob.core.deleteForMe([ids[0]])
    let before = try Self.slots(of: pair.bob)
    try pair.bob.core.deleteForMe([ids[1]])
    let after = try Self.slots(of: pair.bob)
    #expect(before.0 != after.0 || before.1 != after.1, "there is a new root")
    // A copy that is taken now, opened with everything that is in it, shows neither.
    let copy = try Party(copyOf: pair.bob)
    #expect(try copy.bodies(with: "Alice") == [.gone(.deleted), .gone(.deleted), .text("three")])
    let opened = try Self.slots(of: copy)
    #expect(Self.isWiped(opened.0) != Self.isWiped(opened.1), "opening removes what was left")
  }

  @Test func `closing the vault removes the traces, and so does a clock that was set back`() throws {
    let pair = try Pair()
    for text in ["one", "two", "three", "four"] { try pair.alice.say(text, to: "bob") }
    try pair.settle()
    let ids = try pair.bob.shown(with: "Alice").map(\.id)
    let gate = Truncations()
    try pair.bob.restart(gate: gate)
    try pair.bob.core.deleteForMe([ids[0]])
    try pair.bob.core.deleteForMe([ids[1]])
    #expect(gate.count == 1)
    pair.clock.advance(by: .seconds(-3_600))
    try pair.bob.core.deleteForMe([ids[2]])
    #expect(gate.count == 2)
    try pair.bob.core.deleteForMe([ids[3]])
    #expect(gate.count == 2)
    try pair.bob.withVault { _ in
      #expect(gate.count == 3)
      let slots = try Self.slots(of: pair.bob)
      #expect(Self.isWiped(slots.0) != Self.isWiped(slots.1))
    }
  }

  @Test func `a tombstone is forgotten 120 days after its message ended, and not before`() throws {
    let pair = try Pair()
    try pair.alice.say("one", to: "bob")
    try pair.alice.say("two", to: "bob")
    try pair.settle()
    let ids = try pair.bob.shown(with: "Alice").map(\.id)
    try pair.bob.core.deleteForMe([ids[0]])
    pair.clock.advance(by: .seconds(120 * 86_400 - 1))
    try pair.bob.core.eraseDue()
    #expect(try pair.bob.bodies(with: "Alice") == [.gone(.deleted), .text("two")])
    pair.clock.advance(by: .seconds(61))
    try pair.bob.core.eraseDue()
    #expect(try pair.bob.bodies(with: "Alice") == [.text("two")])
    // The log of events is read as before.
    #expect(try pair.bob.core.events(after: 0).contains { $0.kind == .messageGone && $0.message == nil })
  }
}
