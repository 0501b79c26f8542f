import Foundation
import NodeInterface
import ProcessSupport
import Testing

/// What is done to messages later, between two daemons.
@Suite struct `Answers and edits` {
  /// The next message that a daemon is told of.
  private func next(_ daemon: RunningDaemon, _ type: String) async throws -> JSONValue {
    let parameters: [String: JSONValue] = ["consumer": "later", "types": [.string(type)], "timeoutMs": 20_000]
    let event = try #require(try await daemon.call("events.poll", parameters)["events"]?.array?.first)
    try await daemon.call("events.ack", ["consumer": "later", "seq": event["seq"] ?? .null])
    return event["data"] ?? .null
  }

  @Test(.timeLimit(.minutes(2)))
  func `an answer comes with what it answers, for as long as that is there`() async throws {
    let relay = try await RunningRelay.start()
    let (alice, bob) = (
      try await RunningDaemon.atRelay(relay, "Alice"), try await RunningDaemon.atRelay(relay, "Bob")
    )
    let (chat, back) = try await bob.meet(alice)
    for daemon in [alice, bob] { try await daemon.call("events.poll", ["consumer": "later", "from": "now"]) }
    try await bob.call("message.send", ["chat": chat, "content": ["text": "which way?"]])
    let asked = try await next(alice, "message.received")
    let id = try #require(asked["message"]?.string)
    let sent = try await alice.sotto(["send", "Bob", "that way", "--reply-to", id])
    #expect(sent.exit == .code(0), "\(sent.standardError)")
    let answer = try await next(bob, "message.received")
    #expect(
      answer["replyTo"] == ["message": .string(id), "direction": "out", "available": true, "text": "which way?"])
    #expect(try await bob.sotto(["messages", "other"]).standardOutput.contains("↳ you: "))

    try await bob.call("message.delete", ["messages": [.string(id)], "scope": "everyone"])
    _ = try await next(alice, "message.deleted")
    for daemon in [alice, bob] {
      let shown = try await daemon.call("message.get", ["message": answer["message"] ?? .null])
      #expect(shown["replyTo"]?["available"] == false && shown["replyTo"]?["text"] == nil)
    }
    let replayed = try await bob.call("events.replay", ["from": "1", "limit": 1_000])
    #expect(!String(decoding: JSONText.bytes(replayed), as: UTF8.self).contains("which way"))
    let refused = try await alice.refusal(
      "message.send", ["chat": back, "content": ["text": "x"], "replyTo": .string(id)])
    #expect(refused?.kind == "content_gone" && refused?["data"]?["reason"] == "deleted")
    let once = try await alice.refusal(
      "message.send",
      ["chat": back, "content": ["text": "x"], "replyTo": answer["message"] ?? .null, "viewOnce": true])
    #expect(once?.kind == "conflict" && once?["data"]?["reason"] == "not_answerable")
    #expect(try await alice.sotto(["send", "Bob", "x", "--reply-to", id]).exit == .code(7))
    try await relay.terminate()
  }

  @Test(.timeLimit(.minutes(2)))
  func `an edit is told, shown and found, outlives kills, and refusals say why`() async throws {
    let relay = try await RunningRelay.start()
    var (alice, bob) = (
      try await RunningDaemon.atRelay(relay, "Alice"), try await RunningDaemon.atRelay(relay, "Bob")
    )
    let (chat, _) = try await bob.meet(alice)
    for daemon in [alice, bob] { try await daemon.call("events.poll", ["consumer": "later", "from": "now"]) }
    let sent = try await bob.call("message.send", ["chat": chat, "content": ["text": "canary helo"], "wait": "relay"])
    let id = sent["message"] ?? .null
    _ = try await next(alice, "message.received")
    let edited = try await bob.sotto(["message", "edit", id.string ?? "", "hello", "there"])
    #expect(edited.exit == .code(0), "\(edited.standardError)")
    let told = try await next(alice, "message.edited")
    #expect(told["content"]?["text"] == "hello there" && told["rev"] == 1 && told["message"] == id)
    #expect(try await alice.sotto(["messages", "Bob"]).standardOutput.contains("  edited "))
    #expect(try await alice.call("message.search", ["query": "there"])["hits"]?.array?.count == 1)
    #expect(try await alice.call("message.search", ["query": "canary"])["hits"] == [])

    // Alice is away, and Bob's daemon dies as soon as it has answered.
    try await alice.kill()
    let again = try await bob.call("message.edit", ["message": id, "content": ["text": "hello all"], "rev": 2])
    #expect(again["rev"] == 2 && again["content"] == nil)
    try await bob.kill()
    bob = try await bob.restarted()
    alice = try await alice.restarted()
    #expect(try await next(alice, "message.edited")["content"]?["text"] == "hello all")
    let all = try await bob.call("message.list", ["chat": chat])["messages"]
    #expect(all?.array?.compactMap { $0["content"]?["text"] } == ["hello all"])

    func refusal(_ daemon: RunningDaemon, _ text: String, rev: JSONValue? = nil) async throws -> JSONValue? {
      var parameters: [String: JSONValue] = ["message": id, "content": ["text": .string(text)]]
      parameters["rev"] = rev
      return try await daemon.refusal("message.edit", parameters)
    }
    #expect(try await refusal(alice, "x")?.kind == "forbidden")
    let stale = try await refusal(bob, "x", rev: 2)
    #expect(stale?.kind == "conflict" && stale?["data"]?["rev"] == 2)
    #expect(try await refusal(bob, "")?["data"]?["path"] == "content")
    for number in 3...10 {
      try await bob.call("message.edit", ["message": id, "content": ["text": .string("\(number)")]])
    }
    #expect(try await refusal(bob, "x")?.kind == "limit_reached")
    try await bob.call("message.delete", ["messages": [id], "scope": "everyone"])
    #expect(try await refusal(bob, "x")?.kind == "content_gone")
    _ = try await next(alice, "message.deleted")
    try await relay.terminate()
  }
}
