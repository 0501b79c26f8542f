import Foundation
import NodeInterface
import NodeServer
import ProcessSupport
import Testing

/// What is told of receipts, requests and files, and what is told at this moment only.
@Suite struct `Events of contacts and files` {
  private func types(_ events: JSONValue) -> [String] {
    events["events"]?.array?.compactMap { $0["type"]?.string } ?? []
  }

  /// The next events of these types, when there are so many.
  private func poll(
    _ daemon: RunningDaemon, _ wanted: [String], count: Int = 1
  ) async throws -> [JSONValue] {
    var found: [JSONValue] = []
    while found.count < count {
      let told = try await daemon.call(
        "events.poll",
        [
          "consumer": .string(wanted.joined().filter(\.isLetter)), "from": "0", "types": .strings(wanted),
          "timeoutMs": 20_000,
        ])
      guard let events = told["events"]?.array, !events.isEmpty else { return found }
      found = events
    }
    return found
  }

  @Test(.timeLimit(.minutes(1)))
  func `receipts, files and names are told in the log`() async throws {
    let relay = try await RunningRelay.start()
    let (alice, bob) = (
      try await RunningDaemon.atRelay(relay, "Alice"), try await RunningDaemon.atRelay(relay, "Bob")
    )
    let (chat, back) = try await bob.meet(alice)
    let path = bob.folder.path(of: "film.bin")
    try Data(count: 100_000).write(to: URL(fileURLWithPath: path))
    let sent =
      try await bob.call(
        "message.send", ["chat": chat, "content": ["attachments": [["path": .string(path)]]]])["message"] ?? .null
    let delivered = try await poll(bob, ["receipt.delivered"]).first?["data"]
    #expect(delivered?["message"] == sent && delivered?["count"] == 1 && delivered?["name"] == "other")
    try await alice.call("chat.markRead", ["chat": back, "upTo": sent])
    #expect(try await poll(bob, ["receipt.read"]).first?["data"]?["message"] == sent)
    let blob = JSONValue.string("bl_" + (sent.string ?? "").dropFirst(3))
    try await alice.call("blob.fetch", ["blob": blob])
    try await alice.call("blob.fetch", ["blob": blob])
    let ready = try await poll(alice, ["attachment.*"])
    #expect(ready.count == 1 && ready.first?["type"] == "attachment.ready", "what is here is not fetched again")
    #expect(ready.first?["data"]?["message"] == sent)
    let contact = try await bob.call("contact.list")["contacts"]?.array?.first?["contact"] ?? .null
    try await bob.call("contact.update", ["contact": contact, "nickname": "Anna"])
    try await bob.call("contact.block", ["contact": contact])
    let changes = try await poll(bob, ["contact.updated", "contact.blocked"], count: 2)
    #expect(changes.map { $0["type"] } == ["contact.updated", "contact.blocked"])
    #expect(changes.last?["data"]?["status"] == "blocked" && changes.last?["data"]?["name"] == "Anna")
  }

  @Test(.timeLimit(.minutes(1)))
  func `a stranger's request and its answer are told`() async throws {
    let relay = try await RunningRelay.start()
    let (alice, bob) = (
      try await RunningDaemon.atRelay(relay, "Alice"), try await RunningDaemon.atRelay(relay, "Bob")
    )
    let link = try await alice.call("invite.create", ["kind": "multi"])["link"] ?? .null
    try await bob.call("invite.accept", ["link": link])
    let request = try #require(try await poll(alice, ["request.received"]).first?["data"])
    #expect(request["name"] == "Bob" && request["status"] == "stranger")
    try await alice.call("request.accept", ["request": request["contact"] ?? .null])
    let resolved = try await poll(alice, ["request.*"], count: 2).last
    #expect(resolved?["type"] == "request.resolved" && resolved?["data"]?["status"] == "accepted")
  }

  @Test(.timeLimit(.minutes(1)))
  func `typing and the way of files are told to who is there and asks for them, and never again`() async throws {
    let relay = try await RunningRelay.start()
    let alice = try await RunningDaemon.atRelay(relay, "Alice", ["--http", "127.0.0.1:0"])
    let bob = try await RunningDaemon.atRelay(relay, "Bob")
    let (chat, back) = try await bob.meet(alice)
    // Both know each other's devices by then.
    try await bob.call("message.send", ["chat": chat, "content": ["text": "hello"], "wait": "delivered"])
    let (_, secret) = try await alice.token(["events"])
    let stream = try alice.stream("consumer=page&types=typing", secret)
    _ = stream.receive(until: "retry: 2000\n\n")
    try await DaemonClient.connect(path: alice.socket).converse { reader in
      let begun = try await reader.call(
        "events.subscribe", ["consumer": "screen", "types": ["typing", "upload.progress"]])
      #expect(begun["after"] != nil)
      let told = try await withThrowingTaskGroup(of: Void.self) { group in
        // Nothing says when the other side's relay knows who listens.
        group.addTask {
          while true {
            try await bob.call("chat.typing", ["chat": chat, "state": "started"])
            try await ContinuousClock().sleep(for: .milliseconds(200))
          }
        }
        defer { group.cancelAll() }
        return try await reader.nextNotification()["params"]?["event"]
      }
      #expect(told?["type"] == "typing" && told?["data"]?["state"] == "started" && told?["chat"] == back)
      #expect(told?["seq"] == nil && told?["id"] == nil && told?["live"] == true)
      let path = alice.folder.path(of: "film.bin")
      try Data(count: 300_000).write(to: URL(fileURLWithPath: path))
      let sent = try await alice.call(
        "message.send", ["chat": back, "content": ["attachments": [["path": .string(path)]]]])["message"]
      var last: JSONValue?
      while last?["done"] != last?["total"] || last == nil {
        let event = try await reader.nextNotification()["params"]?["event"]
        if event?["type"] == "upload.progress" { last = event?["data"] }
      }
      #expect(last?["message"] == sent && (last?["total"]?.integer ?? 0) > 300_000)
    }
    let frame = stream.receive(until: "\n\n")
    #expect(frame.contains("event: typing\ndata: {") && !frame.contains("id: "), "nothing is done by having it")
    #expect(try await alice.call("events.consumers.list")["consumers"]?.array?.isEmpty == true)
    let replayed = try await alice.call("events.replay", ["from": "1", "limit": 1_000])
    #expect(types(replayed).allSatisfy { LiveEventType(rawValue: $0) == nil } && !types(replayed).isEmpty)
  }
}
