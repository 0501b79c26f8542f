import Foundation
import NodeInterface
import ProcessSupport
import Testing

/// The commands, beside a daemon that has the vault.
@Suite struct `Commands beside a daemon` {
  private func couple() async throws -> (relay: RunningRelay, alice: RunningDaemon, bob: RunningDaemon) {
    let relay = try await RunningRelay.start()
    let alice = try await RunningDaemon.atRelay(relay, "Alice")
    let bob = try await RunningDaemon.atRelay(relay, "Bob")
    _ = try await bob.meet(alice)
    return (relay, alice, bob)
  }

  private func succeed(_ daemon: RunningDaemon, _ arguments: [String]) async throws -> String {
    let finished = try await daemon.sotto(arguments)
    #expect(finished.exit == .code(0), "\(arguments): \(finished.standardError)")
    return finished.standardOutput
  }

  private func objects(_ daemon: RunningDaemon, _ arguments: [String]) async throws -> [JSONValue] {
    try await succeed(daemon, arguments + ["--json"]).split(separator: "\n").map { try JSONText.parse($0.utf8) }
  }

  @Test(.timeLimit(.minutes(2)))
  func `everything that a person does works while the daemon runs`() async throws {
    let (relay, alice, bob) = try await couple()
    #expect(try await succeed(bob, ["send", "other", "from", "the", "shell"]).hasPrefix("✓ stored"))
    #expect(try await bob.sotto(["send", "nobody", "x"]).exit == .code(7))
    #expect(try await succeed(bob, ["contact", "list"]).contains("other"))
    #expect(try await succeed(alice, ["contact", "list"]).contains("Bob"))
    #expect(try await objects(bob, ["whoami"]).first?["name"] == "Bob")
    #expect(try await succeed(alice, ["receive"]).contains("from the shell"))
    #expect(try await succeed(alice, ["receive"]).isEmpty, "shown once")
    let sent = try await objects(bob, ["messages", "other"])
    #expect(sent.last?["content"]?["text"] == "from the shell")

    #expect(try await succeed(bob, ["timer", "other", "1h"]) == "1h after reading\n")
    #expect(try await succeed(bob, ["timer", "other"]) == "1h after reading\n")
    #expect(try await succeed(bob, ["timer", "--default", "1w"]) == "1w after reading\n")
    #expect(try await succeed(bob, ["mute", "other", "8h"]).hasPrefix("muted until"))
    #expect(try await succeed(bob, ["archive", "other"]).isEmpty)
    #expect(try await succeed(bob, ["settings", "--read-receipts", "off"]) == "read-receipts off\n")
    #expect(try await succeed(bob, ["search", "shell"]).contains("from the shell"))
    #expect(try await succeed(bob, ["vault", "check"]) == "The vault is whole.\n")
    #expect(try await succeed(bob, ["vault", "reindex"]) == "The index is made anew.\n")
    #expect(try await bob.sotto(["vault", "adopt"]).standardError.contains("not a copy"))
    #expect(try await succeed(bob, ["contact", "verify", "other", "--mark"]).split(separator: "\n").count == 3)
    #expect(try await objects(bob, ["contact", "list"]).first?["verified"] == true)
    #expect(try await bob.sotto(["contact", "accept-devices", "other"]).standardError.contains("No change"))
    #expect(try await bob.sotto(["message", "retry", "other"]).exit == .code(7))

    let last = try #require(sent.last?["message"]?.string)
    #expect(try await succeed(bob, ["delete", last, "--everyone"]).isEmpty)
    #expect(try await objects(bob, ["messages", "other"]).contains { $0["gone"] == "deleted" })
    #expect(try await succeed(bob, ["contact", "block", "other"]).isEmpty)
    #expect(try await bob.sotto(["send", "other", "x"]).exit == .code(8))
    #expect(try await succeed(bob, ["contact", "unblock", "other"]).isEmpty)
    try await relay.terminate()
  }

  @Test(.timeLimit(.minutes(2)))
  func `files, view-once and secret chats work while the daemon runs`() async throws {
    let (relay, alice, bob) = try await couple()
    try await alice.call("message.send", ["chat": try await alice.chat(), "content": ["text": "hello"]])
    try await bob.call(
      "events.poll", ["consumer": "t", "from": "0", "types": ["message.received"], "timeoutMs": 20_000])
    for (name, count) in [("small.bin", 1_000), ("large.bin", 300_000)] {
      let path = bob.folder.path(of: name)
      let content = Data((0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) })
      try content.write(to: URL(fileURLWithPath: path))
      #expect(try await succeed(bob, ["send", "other", "--file", path]).hasPrefix("✓ stored"))
      let message = try await arrived(alice, name)
      let folder = alice.folder.path(of: "saved")
      #expect(try await succeed(alice, ["attachment", "save", message, "--to", folder]).contains(name))
      #expect(try Data(contentsOf: URL(fileURLWithPath: folder + "/" + name)) == content)
    }
    #expect(try await succeed(bob, ["send", "other", "once", "--view-once"]).hasPrefix("✓ stored"))
    let once = try await arrived(alice) { $0["content"]?["viewOnce"] == "text" }
    #expect(try await succeed(alice, ["open", once]).contains("once"))
    #expect(try await alice.sotto(["open", once]).exit == .code(8))

    #expect(try await succeed(bob, ["secret", "open", "other"]).isEmpty)
    #expect(try await succeed(bob, ["secret", "timer", "other", "1h"]) == "1h after reading\n")
    #expect(try await succeed(bob, ["secret", "send", "other", "psst"]).hasPrefix("✓ stored"))
    let key = try await succeed(bob, ["secret", "key", "other"])
    try await eventually { try await alice.sotto(["secret", "key", "Bob"]).standardOutput == key }
    try await eventually { try await succeed(alice, ["secret", "messages", "Bob"]).contains("psst") }
    #expect(try await succeed(bob, ["secret", "close", "other"]).isEmpty)
    #expect(try await bob.sotto(["secret", "send", "other", "more"]).exit == .code(7))
    try await relay.terminate()
  }

  @Test(.timeLimit(.minutes(5)))
  func `invites are listed and taken back, and strangers are answered`() async throws {
    let relay = try await RunningRelay.start()
    let alice = try await RunningDaemon.atRelay(relay, "Alice")
    let bob = try await RunningDaemon.atRelay(relay, "Bob")
    let link = try await succeed(alice, ["invite", "--public"]).trimmingCharacters(in: .newlines)
    let invites = try await objects(alice, ["invite", "list"])
    #expect(invites.count == 1 && invites.first?["link"] == .string(link) && invites.first?["kind"] == "multi")
    let id = try #require(invites.first?["invite"]?.string)
    #expect(try await succeed(bob, ["contact", "add", link, "--as", "Alice"]).hasPrefix("Added"))
    #expect(try await succeed(bob, ["send", "Alice", "may I?"]).hasPrefix("✓ stored"))
    try await eventually { try await objects(alice, ["request", "list"]).first?["waiting"] == 1 }
    #expect(try await succeed(alice, ["request", "accept", "Bob"]).isEmpty)

    #expect(try await succeed(alice, ["invite", "revoke", id]).isEmpty)
    #expect(try await objects(alice, ["invite", "list"]).isEmpty)
    #expect(try await alice.sotto(["invite", "revoke", id]).exit == .code(7))
    let carol = try await RunningDaemon.atRelay(relay, "Carol")
    #expect(try await carol.sotto(["contact", "add", link, "--as", "Alice"]).exit != .code(0))
    #expect(try await objects(alice, ["contact", "list"]).count == 1, "nobody comes by it any more")
  }

  @Test(.timeLimit(.minutes(5)))
  func `a relay that is away is told at once, and what was written is kept`() async throws {
    let (relay, _, bob) = try await couple()
    try await relay.terminate()
    let kept = try await bob.sotto(["send", "other", "kept"])
    #expect(kept.exit == .code(9) && kept.standardError.contains("kept"), "\(kept.standardError)")
    #expect(try await bob.sotto(["receive"]).exit == .code(9))
    #expect(try await objects(bob, ["messages", "other"]).last?["state"] == "queued")
  }

  /// Waits for a message from the other side.
  private func arrived(_ daemon: RunningDaemon, where isIt: (JSONValue) -> Bool) async throws -> String {
    var id: String?
    try await eventually {
      let messages = try await daemon.call("message.list", ["chat": try await daemon.chat()])["messages"]?.array ?? []
      id = messages.last(where: isIt)?["message"]?.string
      return id != nil
    }
    return id ?? ""
  }

  private func arrived(_ daemon: RunningDaemon, _ name: String) async throws -> String {
    try await arrived(daemon) { $0["content"]?["attachments"]?.array?.first?["name"] == .string(name) }
  }
}

extension RunningDaemon {
  /// The conversation with the only contact.
  func chat() async throws -> JSONValue {
    let contact = try await call("contact.list")["contacts"]?.array?.first?["contact"] ?? .null
    return try await call("chat.open", ["contact": contact])["chat"] ?? .null
  }
}
