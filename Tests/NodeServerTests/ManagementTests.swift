import Foundation
import NodeInterface
import ProcessSupport
import Testing

/// What is managed beside a daemon: contacts that go, passphrases, lists in pages, parts that fail.
@Suite struct `Managing a daemon` {
  private func couple() async throws -> (
    relay: RunningRelay, alice: RunningDaemon, bob: RunningDaemon, chat: JSONValue, back: JSONValue
  ) {
    let relay = try await RunningRelay.start()
    let (alice, bob) = (
      try await RunningDaemon.atRelay(relay, "Alice"), try await RunningDaemon.atRelay(relay, "Bob")
    )
    let (chat, back) = try await bob.meet(alice)
    return (relay, alice, bob, chat, back)
  }

  @Test(.timeLimit(.minutes(1)))
  func `a contact is removed with what was said, can write no more, and comes back by a new invite`() async throws {
    let (relay, alice, bob, chat, back) = try await couple()
    defer { withExtendedLifetime(relay) {} }
    let text: [String: JSONValue] = ["chat": chat, "content": ["text": "canary before"], "wait": "delivered"]
    try await bob.call("message.send", text)
    let contact = try await alice.call("contact.list")["contacts"]?.array?.first?["contact"] ?? .null
    #expect(try await alice.refusal("contact.remove", ["contact": contact])?.kind == "conflict")
    try await alice.call("events.poll", ["consumer": "watch", "from": "now"])
    #expect(try await alice.sotto(["contact", "remove", "Bob", "--erase-history"]).exit == .code(0))
    let removed = try await alice.call(
      "events.poll", ["consumer": "watch", "types": ["contact.removed"], "timeoutMs": 20_000])
    #expect(removed["events"]?.array?.first?["data"]?["contact"] == contact)
    #expect(try await alice.call("contact.list")["contacts"]?.array?.isEmpty == true)
    #expect(try await alice.refusal("chat.get", ["chat": back])?.kind == "not_found")
    #expect(try await alice.refusal("contact.remove", ["contact": contact])?.kind == "not_found")
    #expect(try await alice.call("store.check")["ok"] == true)
    let replayed = try await alice.call("events.replay", ["from": "1", "limit": 1_000])
    #expect(!String(decoding: JSONText.bytes(replayed), as: UTF8.self).contains("canary"))

    // Alice takes an invite of Bob's: they begin anew.
    let link = try await bob.call("invite.create", ["kind": "single"])["link"] ?? .null
    let again = try await alice.call("invite.accept", ["link": link, "nickname": "Bob again"])["chat"] ?? .null
    let sent = try await alice.call(
      "message.send", ["chat": again, "content": ["text": "hello again"], "wait": "delivered", "waitMs": 30_000])
    #expect(sent["state"] == "delivered" || sent["state"] == "read")
    let seen = try await bob.call("message.list", ["chat": chat])["messages"]?.array
    #expect(seen?.contains { $0["content"]?["text"] == "hello again" } == true)
  }

  @Test(.timeLimit(.minutes(1)))
  func `the vault gets another passphrase while the daemon has it`() async throws {
    let relay = try await RunningRelay.start()
    let alice = try await RunningDaemon.atRelay(relay, "Alice")
    let file = alice.folder.path(of: "passphrase")
    try Data("correct horse\n".utf8).write(to: URL(fileURLWithPath: file))
    #expect(try await alice.refusal("store.rekey", ["old": "wrong", "new": "x"])?.kind == "conflict")
    #expect(try await alice.sotto(["vault", "rekey", "--new-passphrase-file", file]).exit == .code(0))
    #expect(try await alice.refusal("store.rekey", ["old": "wrong", "new": "x"])?["data"]?["reason"] == "wrong_key")
    #expect(try await alice.call("store.check")["ok"] == true)
    alice.process.terminate()
    _ = try await alice.process.exit()
    #expect(try await alice.sotto(["vault", "check", "--passphrase-file", file]).exit == .code(0))
    try Data("wrong\n".utf8).write(to: URL(fileURLWithPath: file))
    #expect(try await alice.sotto(["vault", "check", "--passphrase-file", file]).exit == .code(10))
  }

  @Test(.timeLimit(.minutes(1)))
  func `lists come in pages, what can be deleted is, and every verb has its JSON`() async throws {
    let (relay, alice, bob, chat, _) = try await couple()
    defer { withExtendedLifetime((relay, alice)) {} }
    try await bob.call("chat.open", ["contact": "self"])
    let first = try await bob.call("contact.list", ["limit": 1])
    let second = try await bob.call("contact.list", ["limit": 1, "cursor": first["cursor"] ?? .null])
    #expect(first["contacts"]?.array?.count == 1 && second["contacts"]?.array?.count == 1 && second["cursor"] == nil)
    #expect(first["contacts"] != second["contacts"])

    let sent = try await bob.call("message.send", ["chat": chat, "content": ["text": "x"]])["message"]?.string ?? ""
    let unknown = "ms_" + String(repeating: "0", count: 31) + "1"
    let partly = try await bob.sotto(["delete", sent, unknown, "--json"])
    #expect(partly.exit == .code(12))
    let results = try partly.standardOutput.split(separator: "\n").map { try JSONText.parse($0.utf8) }
    #expect(results.map { $0["ok"] } == [true, false] && results.last?["error"]?.kind == "not_found")
    #expect(try await bob.sotto(["delete", unknown]).exit == .code(7))

    for arguments in [
      ["contact", "block", "other"], ["contact", "unblock", "other"], ["mute", "other", "8h"], ["archive", "other"],
      ["secret", "open", "other"], ["secret", "timer", "other", "1h"], ["secret", "close", "other"],
      ["vault", "check"], ["vault", "reindex"], ["vault", "adopt"],
    ] {
      let done = try await bob.sotto(arguments + ["--json"])
      #expect(done.exit == .code(0), "\(arguments): \(done.standardError)")
      #expect(try JSONText.parse(done.standardOutput.utf8).object != nil, "\(arguments)")
    }
  }
}
