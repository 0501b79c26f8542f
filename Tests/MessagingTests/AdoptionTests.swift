import Ambient
import Messaging
import RelaySupport
import RelayWire
import TestSupport
import Testing
import Vault

/// A copied vault that is taken over as the only one (Protocol §3): real copies of real vault folders.
@Suite struct AdoptionTests {
  @Test func `an adopted copy renews its sessions, and the original is the one that is fenced`() throws {
    let (pair, _) = try Pair.talking()
    let copy = try Party(copyOf: pair.alice)
    try pair.alice.goOnline()
    #expect(throws: MessagingError.vaultCopied) { try copy.goOnline() }
    try copy.say("from the copy", to: "bob")
    #expect(throws: MessagingError.vaultCopied) { try copy.sendAll() }
    #expect(copy.putCount == 0)
    try copy.core.adopt()
    #expect(try copy.core.isCopied(), "nothing is sent before the relay has taken the fence")
    #expect(throws: MessagingError.vaultCopied) { try copy.sendAll() }
    try copy.goOnline()
    #expect(try !copy.core.isCopied())
    #expect(try copy.events(.vaultAdopted).count == 1)
    #expect(throws: MessagingError.vaultCopied) { try pair.alice.goOnline() }
    try meet(copy, pair.bob)
    #expect(try pair.bob.transcript(with: "Alice").contains("<from the copy"))
    try pair.bob.say("welcome back", to: "Alice")
    try meet(copy, pair.bob)
    #expect(try copy.transcript(with: "bob").contains("<welcome back"))
    #expect(try copy.states(with: "bob").last == .delivered)
  }

  @Test func `an older state that is adopted loses nothing that others still have, and is told of the rest`() throws {
    let (pair, _) = try Pair.talking()
    let old = try Party(copyOf: pair.alice)
    // The original lives on, reads and writes, and is lost with its disk.
    for round in 0..<3 {
      try pair.bob.say("read by the original \(round)", to: "Alice")
      try pair.alice.say("sent by the original \(round)", to: "bob")
      try pair.settle()
    }
    try pair.bob.say("nobody has read this", to: "Alice")
    try pair.bob.sendAll()
    #expect(throws: MessagingError.vaultCopied) { try old.goOnline() }
    try old.core.adopt()
    try old.goOnline()
    try old.say("I am back", to: "bob")
    try meet(old, pair.bob, rounds: 12)
    // Its number was used by the original: it is shown all the same, once.
    #expect(try pair.bob.transcript(with: "Alice").filter { $0 == "<I am back" }.count == 1)
    #expect(try old.transcript(with: "bob").contains("<nobody has read this"))
    let lost = try old.events(.messageUndecryptable)
    #expect(lost.count == 1 && lost.total >= 3, "the three that the original had acknowledged")
    try old.say("and again", to: "bob")
    try pair.bob.say("good", to: "Alice")
    try meet(old, pair.bob)
    #expect(try pair.bob.transcript(with: "Alice").contains("<and again"))
    #expect(try old.transcript(with: "bob").contains("<good"))
    #expect(try old.states(with: "bob").last == .delivered)
  }

  @Test func `strangers can still meet an adopted account, by keys that no copy has`() throws {
    let (pair, _) = try Pair.talking()
    let old = try Party(copyOf: pair.alice)
    // The original has published newer keys since.
    for _ in 0..<6 {
      pair.clock.advance(by: .seconds(8 * 86_400))
      try pair.settle()
    }
    #expect(throws: MessagingError.vaultCopied) { try old.goOnline() }
    try old.core.adopt()
    try old.goOnline()
    let carol = try Party("Carol", relay: old.relay, clock: pair.clock)
    try carol.goOnline()
    _ = try carol.core.addContact(invite: try old.invite(), as: "alice")
    try carol.say("new here", to: "alice")
    try meet(carol, old)
    #expect(try old.transcript(with: "Carol") == ["<new here"])
    #expect(try carol.states(with: "alice") == [.delivered])
    // And bob, who has seen higher numbers of her keys, believes the new ones.
    try pair.bob.say("hello", to: "Alice")
    try meet(old, pair.bob)
    #expect(try old.transcript(with: "bob").contains("<hello"))
  }

  @Test(arguments: [true, false])
  func `a crash at any commit of an adoption leaves a vault that can be adopted`(isBefore: Bool) throws {
    for number in stride(from: isBefore ? 1 : 2, through: 40, by: 3) {
      let pair = try Pair()
      let copy = try Party(copyOf: pair.alice)
      try pair.alice.goOnline()
      #expect(throws: MessagingError.vaultCopied) { try copy.goOnline() }
      var hasCrashed = false
      do {
        try copy.restart(gate: Crash(atCommit: number, before: isBefore))
        try copy.core.adopt()
        try copy.goOnline()
        try copy.say("hello", to: "bob")
        try copy.sendAll()
      } catch is Crash { hasCrashed = true }
      try copy.restart()
      if try copy.core.isCopied() { try copy.core.adopt() }
      try copy.goOnline()
      if try !copy.transcript(with: "bob").contains(">hello") { try copy.say("hello", to: "bob") }
      try meet(copy, pair.bob, rounds: 2)
      #expect(try pair.bob.transcript(with: "Alice").filter { $0 == "<hello" }.count == 1, "commit \(number)")
      #expect(try copy.events(.vaultAdopted).count == 1, "commit \(number)")
      if !hasCrashed { return }
    }
    Issue.record("an adoption has fewer commits")
  }

  @Test func `a vault that is no copy is not adopted`() throws {
    let pair = try Pair()
    #expect(throws: MessagingError.notCopied) { try pair.alice.core.adopt() }
    try pair.alice.goOnline()
  }

  @Test func `a vault of before its first contact was answered is answered again`() throws {
    let pair = try Pair(introduced: false)
    _ = try pair.alice.core.addContact(invite: try pair.bob.invite(), as: "bob")
    try pair.alice.sendAll()
    let old = try Party(copyOf: pair.alice)
    try pair.bob.receiveAll()
    try pair.bob.sendAll()
    // The original gets bob's answer and says so; both are lost to the copy, and the invite is spent.
    try pair.alice.receiveAll()
    try pair.alice.say("thank you", to: "bob")
    try pair.alice.sendAll()
    #expect(throws: MessagingError.vaultCopied) { try old.goOnline() }
    try old.core.adopt()
    try old.goOnline()
    try old.sendAll()
    try meet(pair.bob, old)
    try old.say("and again", to: "bob")
    try meet(pair.bob, old)
    #expect(try pair.bob.transcript(with: "Alice") == ["<thank you", "<and again"])
    #expect(try old.states(with: "bob") == [.delivered])
  }

  /// Two who talk, one of whom is not in the pair.
  private func meet(_ one: Party, _ other: Party, rounds: Int = 4) throws {
    for _ in 0..<rounds {
      for party in [one, other] {
        try party.sendAll()
        try party.receiveAll()
      }
      one.clock.advance(by: .seconds(40))
    }
    try one.goOnline()
    try other.goOnline()
  }

  @Test func `an adopted vault tells its contacts how to write to it, whatever the lost one told them since`() throws {
    let (pair, _) = try Pair.talking()
    let old = try Party(copyOf: pair.bob)
    let alice = try pair.bob.core.contact(named: "Alice").id
    // The original gives Alice another slot, which the copy does not know.
    try pair.bob.core.block(contact: alice, cutsOff: true)
    try pair.bob.goOnline()
    try pair.bob.core.unblock(contact: alice)
    try pair.settle()
    #expect(throws: MessagingError.vaultCopied) { try old.goOnline() }
    try old.core.adopt()
    try old.goOnline()
    try meet(old, pair.alice)
    try pair.alice.say("found you", to: "bob")
    try meet(old, pair.alice)
    #expect(try old.transcript(with: "Alice").last == "<found you")
    #expect(try pair.alice.states(with: "bob").last == .delivered)
  }
}
