import Ambient
import Messaging
import RelaySupport
import RelayWire
import TestSupport
import Testing

/// Random conversations over a network that loses requests and answers, between parties that restart at any moment.
@Suite struct FaultyNetworkTests {
  @Test(arguments: 1...12)
  func `whatever the network loses, everything arrives once and the states agree`(seed: Int) throws {
    let dice = SeededRandomness("faulty network \(seed)")
    func roll(_ sides: Int64) -> Int64 { dice.number(in: 1...sides) }
    let pair = try Pair(introduced: false, twoRelays: seed.isMultiple(of: 2))
    for party in [pair.alice, pair.bob] {
      party.letsThrough = { command in
        switch roll(10) {
        case 1...2: return false  // the request is lost
        case 3...4:
          // The answer is lost: the relay has it, the sender does not know.
          _ = party.network.values.first { (try? $0.put(command)) != nil }
          return false
        default: return true
        }
      }
    }
    _ = try pair.alice.core.addContact(invite: try pair.bob.invite(), as: "Bob")
    if seed.isMultiple(of: 3) { _ = try pair.bob.core.addContact(invite: try pair.alice.invite(), as: "Alice") }
    var said: [String: [String]] = ["Alice": [], "Bob": []]
    for step in 1...60 {
      let (party, other) = roll(2) == 1 ? (pair.alice, "Bob") : (pair.bob, "Alice")
      switch roll(8) {
      case 1...3:
        // Bob may not know Alice yet.
        guard try party.core.contacts().contains(where: { $0.name == other }) else { continue }
        try party.say("\(party.name) \(step)", to: other)
        said[party.name]?.append("\(party.name) \(step)")
      case 4...5: try party.sendAll()
      case 6: try party.receiveAll()
      case 7: pair.clock.advance(by: .seconds(roll(40)))
      default:
        try party.restart()
        try party.goOnline()
      }
    }
    for party in [pair.alice, pair.bob] { party.letsThrough = { _ in true } }
    for _ in 0..<6 {
      // Whatever was put off is due by now.
      pair.clock.advance(by: .seconds(1_000))
      try pair.settle()
    }
    for (party, other) in [(pair.alice, "Bob"), (pair.bob, "Alice")] {
      let transcript = try party.transcript(with: other)
      #expect(transcript.filter { $0.hasPrefix(">") } == (said[party.name] ?? []).map { ">\($0)" }, "seed \(seed)")
      #expect(
        transcript.filter { $0.hasPrefix("<") } == (said[other] ?? []).map { "<\($0)" }, "seed \(seed), \(party.name)")
      #expect(try party.states(with: other).allSatisfy { $0 == .delivered }, "seed \(seed), \(party.name)")
      #expect(try party.core.outboxCount() == 0, "seed \(seed), \(party.name)")
    }
  }
}
