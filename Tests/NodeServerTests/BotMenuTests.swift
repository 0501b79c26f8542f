import Foundation
import NodeInterface
import ProcessSupport
import Testing

/// What a bot tells of itself, between two daemons.
@Suite struct `A bot's menu` {
  private func profile(_ daemon: RunningDaemon) async throws -> JSONValue? {
    let contact = try await daemon.call("contact.list")["contacts"]?.array?.first?["contact"] ?? .null
    return try await daemon.call("contact.get", ["contact": contact])["profile"]
  }

  /// Waits until a contact has told something new.
  private func next(_ daemon: RunningDaemon) async throws -> JSONValue {
    let parameters: [String: JSONValue] = ["consumer": "menu", "types": ["contact.updated"], "timeoutMs": 20_000]
    let event = try #require(try await daemon.call("events.poll", parameters)["events"]?.array?.first)
    try await daemon.call("events.ack", ["consumer": "menu", "seq": event["seq"] ?? .null])
    return event["data"] ?? .null
  }

  @Test(.timeLimit(.minutes(2)))
  func `is seen by contacts, changes there, reaches who was away, and outlives kills`() async throws {
    let relay = try await RunningRelay.start()
    var (alice, bob) = (
      try await RunningDaemon.atRelay(relay, "Alice"), try await RunningDaemon.atRelay(relay, "Bob")
    )
    _ = try await bob.meet(alice)
    try await bob.call("events.poll", ["consumer": "menu", "from": "now"])
    #expect(try await profile(bob) == nil)

    let set = try await alice.sotto(["bot", "set", "help=What I can do", "weather=Of a place"])
    #expect(set.exit == .code(0), "\(set.standardError)")
    #expect(try await next(bob)["name"] == "other")
    let told = try await profile(bob)
    #expect(told?["bot"] == true && told?["name"] == "Alice")
    #expect(
      told?["commands"] == [
        ["name": "help", "description": "What I can do"], ["name": "weather", "description": "Of a place"],
      ])
    let listed = try await bob.sotto(["bot", "commands", "other"]).standardOutput
    #expect(listed.contains("/help") && listed.contains("Of a place"))

    // Bob is away while it changes, and Alice's daemon dies after it has answered.
    try await bob.kill()
    try await alice.call("account.update", ["about": "Knows the weather", "name": "Weather"])
    try await alice.call("bot.commands.set", ["items": [["name": "now", "description": "At once"]]])
    try await alice.kill()
    alice = try await alice.restarted()
    #expect(try await alice.call("account.get")["about"] == "Knows the weather")
    bob = try await bob.restarted()
    while try await profile(bob)?["commands"] != [["name": "now", "description": "At once"]] { _ = try await next(bob) }
    #expect(try await profile(bob)?["about"] == "Knows the weather")
    #expect(try await profile(bob)?["name"] == "Weather")

    #expect(try await alice.sotto(["bot", "clear"]).exit == .code(0))
    while try await profile(bob)?["commands"] != [] { _ = try await next(bob) }
    #expect(try await alice.sotto(["profile", "--bot", "off"]).standardOutput.contains("bot    off"))
    while try await profile(bob)?["bot"] != false { _ = try await next(bob) }
    try await relay.terminate()
  }

  @Test func `is refused with the place of what is wrong, and nothing is changed`() async throws {
    let relay = try await RunningRelay.start()
    let alice = try await RunningDaemon.atRelay(relay, "Alice")
    func item(_ name: String, _ description: String = "x") -> JSONValue {
      ["name": .string(name), "description": .string(description)]
    }
    try await alice.call("bot.commands.set", ["items": [item("kept")]])
    let refused: [(items: [JSONValue], path: String)] = [
      ([item("help"), item("Help")], "items[1].name"), ([item("")], "items[0].name"),
      ([item("/help")], "items[0].name"), ([item("help", "\u{7}")], "items[0].description"),
      ([item("help", String(repeating: "x", count: 129))], "items[0].description"),
      ([item(String(repeating: "x", count: 33))], "items[0].name"), ([item("help"), item("help")], "items"),
      ((0..<65).map { item("c\($0)") }, "items"),
    ]
    for (items, path) in refused {
      let error = try await alice.refusal("bot.commands.set", ["items": .array(items)])
      #expect(error?.kind == "invalid_params" && error?["data"]?["path"] == .string(path), "\(path)")
    }
    let about = String(repeating: "x", count: 513)
    for (name, value) in [("about", about), ("name", "\u{7}")] {
      let error = try await alice.refusal("account.update", [name: .string(value)])
      #expect(error?["data"]?["path"] == .string(name))
    }
    #expect(try await alice.call("bot.commands.get")["items"] == [item("kept")])
    #expect(try await alice.sotto(["bot", "set", "nothing"]).exit == .code(2))
    try await relay.terminate()
  }
}
