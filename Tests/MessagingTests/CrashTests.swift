import Messaging
import RelaySupport
import RelayWire
import TestSupport
import Testing

/// Commit k throws, memory is dropped, and the vault is opened again from its files: for every k of send and receive.
@Suite struct CrashTests {
  @Test(arguments: [true, false])
  func `a sender that crashes at any commit delivers exactly once`(isBefore: Bool) throws {
    let pair = try Pair()
    var said: [String] = []
    for number in 1...200 {
      let text = "message \(number)"
      let hasCrashed = try crashes {
        try pair.alice.restart(gate: Crash(atCommit: number, before: isBefore))
        try pair.alice.goOnline()
        try pair.alice.say(text, to: "bob")
        try pair.alice.sendAll()
      }
      try pair.alice.restart()
      try pair.alice.goOnline()
      // The command had failed before its commit: its user says it again.
      if try !pair.alice.transcript(with: "bob").contains(">\(text)") { try pair.alice.say(text, to: "bob") }
      said.append("<\(text)")
      try pair.settle()
      #expect(try pair.bob.transcript(with: "Alice") == said, "crash at commit \(number)")
      #expect(try pair.alice.states(with: "bob").allSatisfy { $0 == .delivered }, "crash at commit \(number)")
      if !hasCrashed {
        #expect(number > 4, "a send has several commits")
        return
      }
    }
    Issue.record("the script has more commits than expected")
  }

  @Test(arguments: [true, false])
  func `a receiver that crashes at any commit shows everything once and receipts it`(isBefore: Bool) throws {
    let pair = try Pair()
    var said: [String] = []
    for number in 1...200 {
      try pair.alice.say("a \(number)", to: "bob")
      try pair.alice.say("b \(number)", to: "bob")
      said += ["<a \(number)", "<b \(number)"]
      try pair.alice.sendAll()
      let hasCrashed = try crashes {
        try pair.bob.restart(gate: Crash(atCommit: number, before: isBefore))
        try pair.bob.goOnline()
        try pair.bob.receiveAll()
        try pair.bob.sendAll()
      }
      try pair.bob.restart()
      try pair.bob.goOnline()
      try pair.settle()
      #expect(Set(try pair.bob.transcript(with: "Alice")) == Set(said), "crash at commit \(number)")
      #expect(try pair.bob.transcript(with: "Alice").count == said.count, "crash at commit \(number)")
      #expect(try pair.alice.states(with: "bob").allSatisfy { $0 == .delivered }, "crash at commit \(number)")
      let events = try pair.bob.core.events(after: 0).filter { $0.kind == .messageReceived }
      #expect(events.count == said.count, "one event a message, crash at commit \(number)")
      if !hasCrashed { return }
    }
    Issue.record("the script has more commits than expected")
  }

  @Test(arguments: [true, false])
  func `a first contact survives a crash at any commit of either side`(isBefore: Bool) throws {
    for crashing in 0...1 {
      for number in stride(from: 1, through: 200, by: isBefore ? 2 : 3) {
        let pair = try Pair(introduced: false)
        let link = try pair.bob.invite()
        let party = crashing == 0 ? pair.alice : pair.bob
        let hasCrashed = try crashes {
          try party.restart(gate: Crash(atCommit: number, before: isBefore))
          if crashing == 0 { try addAndGreet(pair, link) }
          if crashing == 1 {
            try addAndGreet(pair, link)
            try pair.bob.receiveAll()
            try pair.bob.sendAll()
          }
        }
        try party.restart()
        try pair.alice.goOnline()
        try pair.bob.goOnline()
        if try pair.alice.core.contacts().isEmpty { _ = try pair.alice.core.addContact(invite: link, as: "bob") }
        if try pair.alice.transcript(with: "bob").isEmpty { try pair.alice.say("hello", to: "bob") }
        try pair.settle()
        #expect(try pair.bob.transcript(with: "Alice") == ["<hello"], "party \(crashing), commit \(number)")
        #expect(try pair.alice.states(with: "bob") == [.delivered], "party \(crashing), commit \(number)")
        if !hasCrashed { break }
      }
    }
  }

  private func addAndGreet(_ pair: Pair, _ link: String) throws {
    _ = try pair.alice.core.addContact(invite: link, as: "bob")
    try pair.alice.say("hello", to: "bob")
    try pair.alice.sendAll()
  }

  /// Whether the injected crash happened; anything else that is thrown goes on.
  private func crashes(_ body: () throws -> Void) throws -> Bool {
    do {
      try body()
      return false
    } catch is Crash {
      return true
    }
  }
}
