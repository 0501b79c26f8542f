import Foundation
import ProcessSupport
import Testing

/// Secret chats, view-once and timers, with the real programs.
@Suite struct DisappearingTests {
  /// The newest message of a conversation.
  private func last(_ person: Person, _ contact: String) async throws -> Message {
    let messages = try await person.messages(with: contact)
    return try #require(messages.last)
  }

  private func couple() async throws -> (relay: RunningRelay, alice: Person, bob: Person) {
    let relay = try await RunningRelay.start()
    let (alice, bob) = (try await Person.atRelay(relay, "Alice"), try await Person.atRelay(relay, "Bob"))
    try await alice.meet(bob)
    try await alice.succeed(["receive"])
    return (relay, alice, bob)
  }

  /// Reads a picture of 16 × 16 points with Python's library, which checks every sum in it, and draws it as a terminal does.
  private static func terminalLines(ofPNG path: String) throws -> [String] {
    let script = """
      import sys, zlib, struct, binascii
      data = open(sys.argv[1], 'rb').read()
      assert data[:8] == b'\\x89PNG\\r\\n\\x1a\\n'
      at, chunks = 8, []
      while at < len(data):
          size, = struct.unpack('>I', data[at:at + 4])
          name, body = data[at + 4:at + 8], data[at + 8:at + 8 + size]
          assert struct.unpack('>I', data[at + 8 + size:at + 12 + size])[0] == binascii.crc32(name + body)
          chunks.append((name, body))
          at += 12 + size
      assert [name for name, _ in chunks] == [b'IHDR', b'PLTE', b'IDAT', b'IEND']
      assert chunks[0][1] == struct.pack('>IIBBBBB', 256, 256, 2, 3, 0, 0, 0) and len(chunks[1][1]) == 12
      rows = zlib.decompress(chunks[2][1])
      assert len(rows) == 256 * 65
      for y in range(256):
          row = rows[65 * y:65 * y + 65]
          assert row[0] == 0
          pixels = [byte >> shift & 3 for byte in row[1:] for shift in (6, 4, 2, 0)]
          assert all(pixels[x] == pixels[x // 16 * 16] for x in range(256))
          if y % 16 == 0: print(''.join(['  ', '░░', '▒▒', '██'][pixels[x]] for x in range(0, 256, 16)))
          else: assert row == rows[65 * (y // 16 * 16):65 * (y // 16 * 16) + 65]
      """
    let python = Process()
    python.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    python.arguments = ["python3", "-c", script, path]
    python.environment = ["PATH": "/usr/bin:/bin", "PYTHONIOENCODING": "utf-8"]
    let output = Pipe()
    python.standardOutput = output
    try python.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    python.waitUntilExit()
    #expect(python.terminationStatus == 0)
    return text.split(separator: "\n", omittingEmptySubsequences: true).map(String.init)
  }

  @Test func `a message in a secret chat is gone five seconds after it was read, on both sides`() async throws {
    let (relay, alice, bob) = try await couple()
    try await alice.succeed(["secret", "open", "Bob"])
    try await alice.succeed(["secret", "timer", "Bob", "5s"])
    try await alice.succeed(["secret", "send", "Bob", "gone in five seconds"])
    #expect(try await bob.succeed(["receive"]).contains("gone in five seconds"))
    let read = ContinuousClock.now
    let key = try await alice.succeed(["secret", "key", "Bob"])
    #expect(try await bob.succeed(["secret", "key", "Alice"]) == key)
    #expect(key.split(separator: "\n").count == 28)
    let picture = alice.folder.path(of: "key.png")
    try await alice.succeed(["secret", "key", "Bob", "--png", picture])
    #expect(try Self.terminalLines(ofPNG: picture) == key.split(separator: "\n").prefix(16).map(String.init))
    #expect(try await alice.run(["secret", "key", "Bob", "--png", picture]).exit == .code(1), "it replaces nothing")
    #expect(try await bob.succeed(["messages", "Alice"]).contains("gone in five seconds") == false)
    try await ContinuousClock().sleep(until: read + .seconds(6))
    for (person, other) in [(alice, "Bob"), (bob, "Alice")] {
      let shown = try await person.succeed(["secret", "messages", other])
      #expect(shown.contains("(expired)"), "\(person.name)")
      #expect(!shown.contains("gone in five seconds"), "\(person.name)")
    }
    try await bob.succeed(["secret", "close", "Alice"])
    try await alice.succeed(["receive"])
    #expect(try await alice.run(["secret", "send", "Bob", "more"]).exit == .code(7))
    try await relay.terminate()
  }

  @Test func `a view-once picture is opened once and refused the second time`() async throws {
    let (relay, alice, bob) = try await couple()
    let picture = Picture.bytes(30_000)
    try Data(picture).write(to: URL(fileURLWithPath: alice.folder.path(of: "edelweiss.png")))
    try await alice.succeed(["send", "Bob", "--file", alice.folder.path(of: "edelweiss.png"), "--view-once"])
    #expect(try await bob.succeed(["receive"]).contains("view-once picture"))
    let line = try await last(bob, "Alice")
    #expect(line.viewOnce == "picture" && line.text.isEmpty)
    let target = bob.folder.path(of: "opened.png")
    let refused = try await bob.run(["open", line.id])
    #expect(refused.exit == .code(2), "it needs a place")
    #expect(try await bob.succeed(["open", line.id, "--to", target]).isEmpty)
    #expect(try Data(contentsOf: URL(fileURLWithPath: target)) == Data(picture))
    let again = try await bob.run(["open", line.id, "--to", bob.folder.path(of: "again.png")])
    #expect(again.exit == .code(8))
    #expect(again.standardError.contains("view_once_used"))
    #expect(!FileManager.default.fileExists(atPath: bob.folder.path(of: "again.png")))
    let after = try await last(bob, "Alice")
    #expect(after.gone == "viewed" && after.id == line.id)
    let kept = try await last(alice, "Bob")
    #expect(kept.gone == "viewed", "the sender keeps no copy")
    try await relay.terminate()
  }

  @Test func `a timer changed by both sides at once while offline ends in the same setting on both`() async throws {
    let (relay, alice, bob) = try await couple()
    try await alice.succeed(["timer", "Bob", "1h"])
    try await bob.succeed(["receive"])
    try await relay.terminate()
    #expect(try await alice.run(["timer", "Bob", "30s"]).exit == .code(9), "kept for later")
    #expect(try await bob.run(["timer", "Alice", "2m"]).exit == .code(9))
    #expect(try await alice.succeed(["timer", "Bob"]) == "30s after reading\n")
    #expect(try await bob.succeed(["timer", "Alice"]) == "2m after reading\n")
    let restarted = try await relay.restarted()
    for _ in 0..<2 {
      try await alice.succeed(["receive"])
      try await bob.succeed(["receive"])
    }
    #expect(try await alice.succeed(["timer", "Bob"]) == "30s after reading\n")
    #expect(try await bob.succeed(["timer", "Alice"]) == "30s after reading\n")
    #expect(
      try await bob.succeed(["messages", "Alice"]).contains("set the timer: messages disappear 30s after reading"))
    try await restarted.terminate()
  }

  @Test func `a message deleted for everyone is gone on the other side`() async throws {
    let (relay, alice, bob) = try await couple()
    try await alice.succeed(["send", "Bob", "I should not have said this"])
    try await bob.succeed(["receive"])
    let line = try await last(alice, "Bob")
    #expect(try await bob.run(["delete", line.id, "--everyone"]).exit == .code(1), "it is not his")
    try await alice.succeed(["delete", line.id, "--everyone"])
    try await bob.succeed(["receive"])
    let after = try await last(bob, "Alice")
    #expect(after.gone == "deleted" && after.id == line.id && after.text.isEmpty)
    #expect(try await bob.run(["delete", String(repeating: "0", count: 32)]).exit == .code(7))
    try await relay.terminate()
  }

  @Test func `a stranger is accepted, or declined, and a blocked contact is not heard`() async throws {
    let relay = try await RunningRelay.start()
    let (alice, bob) = (try await Person.atRelay(relay, "Alice"), try await Person.atRelay(relay, "Bob"))
    try await alice.succeed(["contact", "add", try await bob.invite(["--public"]), "--as", "Bob"])
    try await alice.succeed(["send", "Bob", "hello, may I?"])
    try await bob.succeed(["receive"])
    #expect(try await bob.succeed(["request", "list"]).contains("1 waiting"))
    try await bob.succeed(["request", "accept", "Alice"])
    #expect(try await bob.run(["request", "accept", "Alice"]).exit == .code(7))
    try await bob.succeed(["contact", "block", "Alice"])
    try await alice.succeed(["send", "Bob", "still there?"])
    #expect(try await bob.succeed(["receive"]).contains("still there?") == false)
    #expect(try await bob.run(["send", "Alice", "no"]).exit == .code(8))
    try await relay.terminate()
  }

  @Test func `a vault is checked, and its passphrase exchanged`() async throws {
    let (relay, alice, _) = try await couple()
    #expect(try await alice.succeed(["vault", "check"]) == "The vault is whole.\n")
    let file = alice.folder.path(of: "passphrase")
    try Data("correct horse battery\n".utf8).write(to: URL(fileURLWithPath: file))
    try await alice.succeed(["vault", "rekey", "--new-passphrase-file", file])
    #expect(try await alice.run(["whoami"]).exit != .code(0))
    #expect(try await alice.succeed(["whoami", "--passphrase-file", file]).contains("sotto1"))
    try await relay.terminate()
  }

  @Test func `a conversation is searched, muted and archived, and its index made anew`() async throws {
    let (relay, alice, bob) = try await couple()
    try await alice.succeed(["send", "Bob", "the quiet harbour"])
    try await alice.succeed(["send", "Bob", "psst quiet", "--view-once"])
    try await bob.succeed(["receive"])
    #expect(try await bob.succeed(["search", "HARB"]).contains("the quiet harbour"))
    func find(_ arguments: [String]) async throws -> [[String?]] {
      try await bob.objects(["search"] + arguments, as: Message.self).map { [$0.text, $0.snippet, $0.contact] }
    }
    let wanted: [[String?]] = [["the quiet harbour", "the quiet harbour", "Alice"]]
    #expect(try await find(["quiet", "--in", "Alice", "--theirs"]) == wanted)
    #expect(try await bob.succeed(["search", "psst"]).isEmpty)
    #expect(try await bob.run(["search", "…"]).exit == .code(2))
    #expect(try await bob.succeed(["vault", "reindex"]) == "The index is made anew.\n")
    #expect(try await find(["quiet"]) == wanted)
    #expect(try await bob.succeed(["mute", "Alice", "8h"]).hasPrefix("muted until "))
    #expect(try await bob.succeed(["mute", "Alice"]).hasPrefix("muted until "))
    #expect(try await bob.succeed(["mute", "Alice", "off"]) == "not muted\n")
    try await bob.succeed(["archive", "Alice"])
    try await bob.succeed(["archive", "Alice", "--undo"])
    #expect(try await bob.run(["mute", "Nobody", "8h"]).exit == .code(7))
    try await relay.terminate()
  }
}
