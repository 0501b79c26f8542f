import Messaging
import Testing

/// A contact that was removed and comes back.
@Suite struct `A contact that was removed` {
  /// Often, since the ids of the sessions decide which one a contact that kept the old ones sends on.
  @Test func `is met again by a new invite, and both sides hear each other`() throws {
    let (pair, _) = try Pair.talking()
    var name = "bob"
    for round in 1...6 {
      try pair.alice.core.remove(contact: pair.alice.core.contact(named: name).id, erasesHistory: true)
      try pair.alice.goOnline()
      name = "bob \(round)"
      _ = try pair.alice.core.addContact(invite: try pair.bob.invite(), as: name)
      try pair.alice.say("hello again \(round)", to: name)
      try pair.settle()
      #expect(try pair.alice.states(with: name) == [.delivered])
      try pair.bob.say("welcome back \(round)", to: "Alice")
      try pair.settle()
      #expect(try pair.bob.transcript(with: "Alice").contains("<hello again \(round)"))
      #expect(try pair.alice.transcript(with: name) == [">hello again \(round)", "<welcome back \(round)"])
      #expect(try pair.bob.states(with: "Alice").last == .delivered)
    }
  }
}
