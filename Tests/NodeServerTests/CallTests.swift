import Foundation
import NodeInterface
import NodeServer
import ProcessSupport
import Testing

@Suite struct `Calls of a daemon` {
  @Test(.timeLimit(.minutes(2)))
  func `two daemons meet, talk, and see receipts`() async throws {
    let relay = try await RunningRelay.start()
    let (alice, bob) = (
      try await RunningDaemon.atRelay(relay, "Alice"), try await RunningDaemon.atRelay(relay, "Bob")
    )
    let (chat, back) = try await bob.meet(alice)
    let sent = try await bob.call(
      "message.send", ["chat": chat, "content": ["text": "Grüezi"], "wait": "delivered", "waitMs": 20_000])
    #expect(sent["state"] == "delivered")
    let messages = try await alice.call("message.list", ["chat": back])["messages"]?.array
    let message = try #require(messages?.last)
    #expect(message["content"]?["text"] == "Grüezi" && message["direction"] == "in")
    #expect(message["message"] == sent["message"], "both sides know a message by one id")
    try await alice.call("chat.markRead", ["chat": back, "upTo": message["message"] ?? .null])
    let read = try await bob.call(
      "events.poll", ["consumer": "reader", "from": "0", "types": ["message.state"], "timeoutMs": 20_000])
    #expect(read["events"]?.array?.isEmpty == false)

    let health = try await alice.call("system.health")
    #expect(health["ok"] == true)
    #expect(try await alice.call("store.check")["ok"] == true)
  }

  @Test(.timeLimit(.minutes(5)))
  func `the same clientRef sends once, also after the daemon was killed`() async throws {
    let relay = try await RunningRelay.start()
    let (alice, bob) = (
      try await RunningDaemon.atRelay(relay, "Alice"), try await RunningDaemon.atRelay(relay, "Bob")
    )
    let (chat, _) = try await bob.meet(alice)
    let parameters: [String: JSONValue] = ["chat": chat, "content": ["text": "once"], "clientRef": "r1"]
    let first = try await bob.call("message.send", parameters)
    #expect(first["duplicate"] == nil)
    try await bob.kill()
    let again = try await bob.restarted()
    let second = try await again.call("message.send", parameters)
    #expect(second["duplicate"] == true && second["message"] == first["message"])
    var other = parameters
    other["content"] = ["text": "twice"]
    #expect(try await again.refusal("message.send", other)?.kind == "conflict")
    let sent = try await again.call("message.list", ["chat": chat])["messages"]?.array?.filter {
      $0["content"]?["text"] == "once"
    }
    #expect(sent?.count == 1)
  }

  @Test(.timeLimit(.minutes(5)))
  func `every method refuses unknown parameters, and says which are missing`() async throws {
    let relay = try await RunningRelay.start()
    let alice = try await RunningDaemon.atRelay(relay, "Alice")
    try await DaemonClient.connect(path: alice.socket).converse { daemon in
      for method in MethodRegistry.standard.methods {
        await #expect(throws: DaemonClientError.self, "\(method.name)") {
          try await daemon.call(method.name, ["nobody": 1])
        }
        guard let required = method.parameters.first(where: \.isRequired) else { continue }
        do {
          _ = try await daemon.call(method.name)
          Issue.record("\(method.name) did not ask for \(required.name)")
        } catch DaemonClientError.refused(let error) {
          #expect(error.kind == "invalid_params" && error["data"]?["path"] == .string(required.name), "\(method.name)")
        }
      }
    }
  }

  @Test(.timeLimit(.minutes(5)))
  func `errors have their kinds`() async throws {
    let relay = try await RunningRelay.start()
    let alice = try await RunningDaemon.atRelay(relay, "Alice")
    #expect(try await alice.refusal("no.such")?["code"] == -32_601)
    #expect(try await alice.refusal("contact.get", ["contact": "ct_99"])?.kind == "not_found")
    #expect(try await alice.refusal("chat.get", ["chat": "ch_99"])?.kind == "not_found")
    #expect(try await alice.refusal("message.get", ["message": "ms_zz"])?.kind == "invalid_params")
    #expect(
      try await alice.refusal("message.get", ["message": "ms_00000000000000000000000000000001"])?.kind == "not_found")
    #expect(try await alice.refusal("invite.accept", ["link": "nonsense"])?.kind == "invalid_params")
    let link = try await alice.call("invite.create", ["kind": "multi"])["link"] ?? .null
    #expect(try await alice.refusal("invite.accept", ["link": link])?.kind == "conflict")
    #expect(try await alice.refusal("events.ack", ["consumer": "x", "seq": "1"])?.kind == "not_found")
    let notes = try await alice.call("chat.open", ["contact": "self"])["chat"] ?? .null
    let long = JSONValue.string(String(repeating: "a", count: 49_153))
    #expect(
      try await alice.refusal("message.send", ["chat": notes, "content": ["text": long]])?.kind == "invalid_params")
    #expect(try await alice.refusal("message.send", ["chat": notes, "content": [:]])?.kind == "invalid_params")
    #expect(
      try await alice.refusal("chat.setTimer", ["chat": notes, "mode": "after_read", "seconds": 1])?.kind
        == "invalid_params")
    #expect(try await alice.refusal("message.retry", ["message": "ms_r77"])?.kind == "not_found")
  }

  @Test(.timeLimit(.minutes(5)))
  func `a second process on one vault, and a second daemon, are told why not`() async throws {
    let relay = try await RunningRelay.start()
    let alice = try await RunningDaemon.atRelay(relay, "Alice")
    let second = try await alice.sotto(["daemon"])
    #expect(second.exit == .code(10) && second.standardError.contains("in use by process \(alice.process.processID)"))
    #expect(try await alice.sotto(["rpc", "system.info"]).exit == .code(0))
    #expect(try await alice.sotto(["rpc", "contact.get", "contact=ct_5"]).exit == .code(7))
    #expect(try await alice.sotto(["rpc", "contact.get", "contact"]).exit == .code(2))
    #expect(try await alice.sotto(["rpc", "system.info", "--socket", "/nowhere"]).exit == .code(3))
  }

  @Test(.timeLimit(.minutes(5)))
  func `SIGTERM ends it in order, and takes the socket away`() async throws {
    let relay = try await RunningRelay.start()
    let alice = try await RunningDaemon.atRelay(relay, "Alice")
    alice.process.terminate()
    #expect(try await alice.process.exit() == .code(0))
    #expect(!FileManager.default.fileExists(atPath: alice.socket))
    #expect(try await alice.sotto(["rpc", "system.info"]).exit == .code(3))
  }
}
