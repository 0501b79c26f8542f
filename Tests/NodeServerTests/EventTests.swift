import Foundation
import NodeInterface
import NodeServer
import ProcessSupport
import Testing

@Suite struct `Events of a daemon` {
  private static let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path

  private func python(_ daemon: RunningDaemon, _ script: String, _ arguments: [String] = []) throws -> RunningProcess {
    try RunningProcess(
      "/usr/bin/python3", ["-u", script] + arguments,
      environment: [
        "SOTTO_SOCKET": daemon.socket, "PYTHONPATH": Self.package + "/Clients/python", "PYTHONDONTWRITEBYTECODE": "1",
      ])
  }

  /// `make show-consumer` makes it 5 000.
  private static let eventCount =
    ProcessInfo.processInfo.environment["SOTTO_CONSUMER_EVENTS"].flatMap { Int($0) } ?? 200

  @Test(.timeLimit(.minutes(30)))
  func `a reader killed at random sees each event at least once, in order, and none that it acknowledged`() async throws
  {
    let relay = try await RunningRelay.start()
    let bob = try await RunningDaemon.atRelay(relay, "Bob")
    var alice = try await RunningDaemon.atRelay(relay, "Alice")
    let (chat, _) = try await bob.meet(alice)
    try await alice.call("events.poll", ["consumer": "bot", "from": "now"])
    let count = Self.eventCount
    try await DaemonClient.connect(path: bob.socket).converse { daemon in
      for number in 0..<count {
        _ = try await daemon.call("message.send", ["chat": chat, "content": ["text": .string("\(number)")]])
      }
    }
    // Says what it has seen before it acknowledges, and what it has acknowledged.
    let script = alice.folder.path(of: "bot.py")
    try """
    from sotto_client import Sotto
    with Sotto() as sotto:
        sotto.events_subscribe(consumer="bot", types=["message.received"], maxInFlight=5)
        while True:
            while not sotto._told:
                m = sotto._read()
                if m.get("method") == "event": sotto._told.append(m["params"])
            e = sotto._told.popleft()["event"]
            print("saw", e["seq"], e["data"]["content"]["text"], e["redelivered"])
            sotto.events_ack(consumer="bot", seq=e["seq"])
            print("done", e["seq"])
    """.write(toFile: script, atomically: true, encoding: .utf8)
    var generator = SystemRandomNumberGenerator()
    var seen: Set<Int> = []
    var acknowledged: Int64 = 0
    var runs = 0
    while seen.count < count {
      runs += 1
      let bot = try python(alice, script)
      // The last run is not cut short: it gets what is left.
      let lines = min(Int.random(in: 1...max(60, count / 20), using: &generator), max(0, count - seen.count - 1) * 2)
      _ = try await bot.line(lines, within: .seconds(60))
      if runs % 4 == 0 {
        try await alice.kill()
        alice = try await alice.restarted()
      }
      bot.kill()
      _ = try await bot.exit()
      var last: Int64 = acknowledged
      for line in bot.standardOutput.split(separator: "\n") {
        let words = line.split(separator: " ")
        guard words.count >= 2, let seq = Int64(words[1]) else { continue }
        if words[0] == "done" {
          acknowledged = max(acknowledged, seq)
        } else if words.count == 4, let number = Int(words[2]) {
          #expect(seq > last, "in order, and nothing that was acknowledged")
          last = seq
          seen.insert(number)
        }
      }
    }
    #expect(seen == Set(0..<count))
    #expect(runs > 3)
  }

  @Test(.timeLimit(.minutes(5)))
  func `what expired or was deleted is gone from every event about it`() async throws {
    let relay = try await RunningRelay.start()
    let (alice, bob) = (
      try await RunningDaemon.atRelay(relay, "Alice"), try await RunningDaemon.atRelay(relay, "Bob")
    )
    let (chat, back) = try await bob.meet(alice)
    try await alice.call("events.poll", ["consumer": "r", "from": "0", "limit": 1])
    let (timed, deleted) = ("canary-of-five-seconds", "canary-to-be-deleted")
    for (text, expiry) in [(timed, 5), (deleted, nil)] as [(String, JSONValue?)] {
      var parameters: [String: JSONValue] = ["chat": chat, "content": ["text": .string(text)], "wait": "delivered"]
      parameters["expires"] = expiry
      try await bob.call("message.send", parameters)
    }
    let before = String(decoding: JSONText.bytes(try await alice.call("events.replay", ["from": "1"])), as: UTF8.self)
    #expect(before.contains(timed) && before.contains(deleted))
    let messages = try #require(try await alice.call("message.list", ["chat": back])["messages"]?.array)
    let last = try #require(messages.last?["message"])
    try await alice.call("chat.markRead", ["chat": back, "upTo": last])
    try await alice.call("message.delete", ["messages": [last], "scope": "me"])
    try await eventually {
      let told = try await alice.call(
        "events.poll",
        ["consumer": "x", "from": "0", "types": ["message.expired"], "timeoutMs": 20_000])
      return told["events"]?.array?.isEmpty == false
    }
    let after = try await alice.call("events.replay", ["from": "1"])
    let text = String(decoding: JSONText.bytes(after), as: UTF8.self)
    #expect(!text.contains(timed) && !text.contains(deleted))
    let received = after["events"]?.array?.filter { $0["type"] == "message.received" } ?? []
    #expect(received.map { $0["data"]?["content"] } == [.null, .null])
    #expect(Set(received.compactMap { $0["data"]?["gone"] }) == ["expired", "deleted"])
  }

  @Test(.timeLimit(.minutes(5)))
  func `readers are apart, filters hold, and rejected events come again`() async throws {
    let relay = try await RunningRelay.start()
    let alice = try await RunningDaemon.atRelay(relay, "Alice")
    let link = try await alice.call("invite.create", ["kind": "multi"])["link"] ?? .null
    let bob = try await RunningDaemon.atRelay(relay, "Bob")
    try await bob.call("invite.accept", ["link": link])
    try await DaemonClient.connect(path: alice.socket).converse { daemon in
      for name in ["one", "two"] {
        _ = try await daemon.call(
          "events.subscribe",
          ["consumer": .string(name), "from": "0", "types": ["contact.*"], "maxInFlight": 1])
      }
      var seq: JSONValue = .null
      var names: Set<JSONValue> = []
      for _ in 0..<2 {
        let told = try await daemon.nextNotification()["params"]
        names.insert(told?["consumer"] ?? .null)
        #expect(told?["event"]?["type"] == "contact.added")
        seq = told?["event"]?["seq"] ?? .null
      }
      #expect(names == ["one", "two"])
      _ = try await daemon.call("events.nack", ["consumer": "one", "seq": seq, "delayMs": 0])
      let again = try await daemon.nextNotification()["params"]
      #expect(again?["consumer"] == "one" && again?["event"]?["seq"] == seq)
      #expect(again?["event"]?["redelivered"] == 1)
      _ = try await daemon.call("events.ack", ["consumer": "one", "seq": seq])
      await #expect(throws: DaemonClientError.self) {
        try await daemon.call("events.nack", ["consumer": "one", "seq": seq])
      }
      await #expect(throws: DaemonClientError.self) {
        try await daemon.call("events.ack", ["consumer": "one", "seq": "999999"])
      }
      let consumers = try await daemon.call("events.consumers.list")["consumers"]?.array
      #expect(consumers?.compactMap { $0["consumer"] } == ["one", "two"])
      _ = try await daemon.call("events.consumers.delete", ["consumer": "two"])
    }
    #expect(try await alice.refusal("events.unsubscribe", ["consumer": "two"])?.kind == "not_found")
    #expect(try await alice.refusal("events.poll", ["consumer": "no spaces"])?.kind == "invalid_params")
    #expect(try await alice.refusal("events.poll", ["consumer": "y", "from": "99999"])?.kind == "invalid_params")
  }

  @Test(.timeLimit(.minutes(5)))
  func `the echo bot answers, and a shell command follows`() async throws {
    let relay = try await RunningRelay.start()
    let (alice, bob) = (
      try await RunningDaemon.atRelay(relay, "Alice"), try await RunningDaemon.atRelay(relay, "Bob")
    )
    let (chat, _) = try await bob.meet(alice)
    let bot = try python(alice, Self.package + "/Docs/Examples/echo-bot.py")
    try await eventually {
      try await alice.call("events.consumers.list")["consumers"]?.array?.first?["connected"] == true
    }
    let contact = try await bob.call("chat.get", ["chat": chat])["contact"] ?? .null
    try await eventually {
      try await bob.call("bot.commands.get", ["contact": contact])["items"]?.array?.first?["name"] == "help"
    }
    try await bob.call("events.poll", ["consumer": "echo", "from": "now"])
    try await bob.call("message.send", ["chat": chat, "content": ["text": "Grüezi"]])
    let told = try await bob.call(
      "events.poll", ["consumer": "echo", "types": ["message.received"], "timeoutMs": 20_000])
    let answer = told["events"]?.array?.first
    #expect(answer?["data"]?["content"]?["text"] == "Grüezi", "\(bot.standardError)")
    #expect(answer?["live"] == true && answer?["v"] == 1)

    let log = alice.folder.path(of: "log")
    let followed = try await alice.sotto([
      "events", "follow", "--consumer", "shell", "--from", "0", "--types", "message.received", "--count", "1", "--exec",
      "cat >> '\(log)'; test -e '\(log).again' || { touch '\(log).again'; exit 1; }",
    ])
    #expect(followed.exit == .code(0), "\(followed.standardError)")
    let lines = try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n")
    #expect(lines.count == 2, "an event whose command failed comes again")
    #expect(lines.allSatisfy { $0.contains("Grüezi") })

    // Writing to a command that has ended without reading fails, and is no reason to end.
    let deaf = try await alice.sotto([
      "events", "follow", "--consumer", "deaf", "--from", "0", "--types", "message.received", "--count", "1", "--exec",
      "exec 0<&-; exit 0",
    ])
    #expect(deaf.exit == .code(0), "\(deaf.exit) \(deaf.standardError)")

    // The notifier of Docs/Examples.
    let notifier = try await RunningProcess.run(
      "/bin/sh", [Self.package + "/Docs/Examples/notify.sh", "other", "false"],
      environment: RunningDaemon.environment(bob.folder).merging([
        "SOTTO": try BuiltProgram.path("sotto"), "PATH": "/usr/bin:/bin",
      ]) { $1 })
    #expect(notifier.exit == .code(0) && notifier.standardOutput.hasPrefix("✓ stored"), "\(notifier.standardError)")
    let texts = try await bob.call("message.list", ["chat": chat])["messages"]?.array?.compactMap {
      $0["content"]?["text"]?.string
    }
    #expect(texts?.contains { $0.hasSuffix("'false' ended with 1") } == true)
  }
}
