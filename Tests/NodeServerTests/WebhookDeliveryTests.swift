import Foundation
import NodeInterface
import NodeServer
import ProcessSupport
import Testing

@Suite struct `Webhooks of a daemon` {
  /// Says its port, and then for each request how it was answered and what it was: `STATUS SEQ DELIVERY SIGNATURE-OK`. How
  /// it answers is in a file: a status, `hang`, or `redirect`.
  private static let receiver = """
    import hashlib, hmac, http.server, json, sys, time
    mode, secret, fixed = sys.argv[1], sys.argv[2].encode(), int(sys.argv[3])
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            stamp = self.headers["X-Sotto-Timestamp"]
            code = "v1=" + hmac.new(secret, stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
            good = hmac.compare_digest(code, self.headers["X-Sotto-Signature"]) and abs(time.time() - int(stamp)) < 60
            how = open(mode).read().strip()
            event = json.loads(body)
            text = ((event["data"].get("content") or {}).get("text") or event["data"].get("gone") or "-")
            print(how, event["seq"], self.headers["X-Sotto-Delivery"], good, text, flush=True)
            if how == "hang": time.sleep(3)
            self.send_response(302 if how == "redirect" else 200 if how == "hang" else int(how))
            if how == "redirect": self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()
        def do_GET(self):
            print("followed", self.path, "-", "-", "-", flush=True)
        def log_message(self, *a): pass
    class Server(http.server.ThreadingHTTPServer):
        def handle_error(self, *a): pass
    server = Server(("127.0.0.1", fixed), Handler)
    print(server.server_address[1], flush=True)
    server.serve_forever()
    """

  private static let secret = "a secret of the test"
  private static let options = ["--webhook-wait", "0.05", "--webhook-longest-wait", "0.2", "--webhook-timeout", "1"]

  private struct Line {
    let status: String
    let seq: Int64
    let delivery: String
    let isSigned: Bool
    let text: String
  }

  private final class Receiver {
    let process: RunningProcess
    let mode: String
    let port: Int

    init(_ folder: TemporaryFolder, mode: String = "200", port: Int = 0) async throws {
      self.mode = folder.path(of: "receiver.mode")
      let script = folder.path(of: "receiver.py")
      try `Webhooks of a daemon`.receiver.write(toFile: script, atomically: true, encoding: .utf8)
      try mode.write(toFile: self.mode, atomically: true, encoding: .utf8)
      process = try RunningProcess(
        "/usr/bin/python3", ["-u", script, self.mode, `Webhooks of a daemon`.secret, String(port)])
      self.port = Int(try await process.line()) ?? 0
    }

    var url: JSONValue { .string("http://127.0.0.1:\(port)/hook") }

    func answer(_ mode: String) throws { try mode.write(toFile: self.mode, atomically: true, encoding: .utf8) }

    var lines: [Line] {
      process.standardOutput.split(separator: "\n").dropFirst().compactMap { line in
        let words = line.split(separator: " ", maxSplits: 4).map(String.init)
        guard words.count == 5 else { return nil }
        return Line(
          status: words[0], seq: Int64(words[1]) ?? 0, delivery: words[2], isSigned: words[3] == "True", text: words[4])
      }
    }

    func lines(_ count: Int) async throws -> [Line] {
      _ = try await process.line(count, within: .seconds(60))
      return lines
    }
  }

  private func pair() async throws -> (RunningRelay, alice: RunningDaemon, bob: RunningDaemon, JSONValue, JSONValue) {
    let relay = try await RunningRelay.start()
    let alice = try await RunningDaemon.atRelay(relay, "Alice", Self.options)
    let bob = try await RunningDaemon.atRelay(relay, "Bob")
    let (chat, back) = try await bob.meet(alice)
    return (relay, alice, bob, chat, back)
  }

  private func hook(_ alice: RunningDaemon, _ url: JSONValue) async throws {
    try await alice.call(
      "webhook.set",
      ["webhook": "w", "url": url, "secret": .string(Self.secret), "types": ["message.received"]])
  }

  private func send(_ texts: [String], _ bob: RunningDaemon, _ chat: JSONValue, expires: JSONValue? = nil) async throws
  {
    try await DaemonClient.connect(path: bob.socket).converse { daemon in
      for text in texts {
        var parameters: [String: JSONValue] = ["chat": chat, "content": ["text": .string(text)]]
        parameters["expires"] = expires
        _ = try await daemon.call("message.send", parameters)
      }
    }
  }

  private func state(_ alice: RunningDaemon) async throws -> JSONValue {
    try await alice.call("webhook.get", ["webhook": "w"])["webhooks"]?.array?.first ?? .null
  }

  private func acknowledged(_ alice: RunningDaemon) async throws -> Int64 {
    let readers = try await alice.call("events.consumers.list")["consumers"]?.array ?? []
    let own = readers.first { $0["consumer"] == "webhook:w" }
    return own?["acknowledged"]?.string.flatMap { Int64($0) } ?? 0
  }

  @Test(.timeLimit(.minutes(2)))
  func
    `a receiver that is away, hangs, fails and redirects gets everything in the end, signed, once taken never again`()
    async throws
  {
    let (relay, alice, bob, chat, _) = try await pair()
    defer { withExtendedLifetime(relay) {} }
    var receiver = try await Receiver(alice.folder)
    try await hook(alice, receiver.url)
    try await send(["one"], bob, chat)
    let one = try await receiver.lines(1)
    #expect(one.map(\.text) == ["one"])
    // The receiver has it; now the daemon must have heard so.
    try await eventually { try await acknowledged(alice) >= one.first?.seq ?? 0 }
    let port = receiver.port
    receiver.process.kill()
    _ = try await receiver.process.exit()
    try await send(["two", "three"], bob, chat)
    try await eventually { try await state(alice)["lastFailure"] == "unreachable" }
    for (mode, failure) in [("hang", "timeout"), ("500", "status_500"), ("redirect", "status_302")] {
      receiver = try await Receiver(alice.folder, mode: mode, port: port)
      // On a busy machine the first attempts may be given up before the receiver has read them.
      try await eventually {
        try await state(alice)["lastFailure"] == .string(failure) && !receiver.lines.isEmpty
      }
      #expect(!receiver.lines.isEmpty && receiver.lines.allSatisfy { $0.text == "two" && $0.isSigned })
      receiver.process.kill()
      _ = try await receiver.process.exit()
    }
    receiver = try await Receiver(alice.folder, port: port)
    let lines = try await receiver.lines(2)
    #expect(lines.map(\.text) == ["two", "three"] && lines.allSatisfy { $0.isSigned })
    try await eventually { try await state(alice)["failures"] == 0 }
    #expect(try await state(alice)["deadLetters"] == 0)
    #expect(try await alice.call("webhook.test", ["webhook": "w"]) == ["ok": true, "outcome": "status_200"])
    try receiver.answer("410")
    try await send(["four"], bob, chat)
    try await eventually { try await state(alice)["disabled"] == "gone" }
    try receiver.answer("200")
    try await hook(alice, receiver.url)
    try await eventually { receiver.lines.last?.status == "200" && receiver.lines.last?.text == "four" }
  }

  @Test(.timeLimit(.minutes(2)))
  func `a daemon killed while it posts tells each event at least once, in order, and none that was acknowledged`()
    async throws
  {
    let (relay, first, bob, chat, _) = try await pair()
    defer { withExtendedLifetime(relay) {} }
    var alice = first
    let receiver = try await Receiver(alice.folder)
    try await hook(alice, receiver.url)
    let count = 60
    try await send((0..<count).map(String.init), bob, chat)
    for kill in 1...4 {
      _ = try await receiver.process.line(kill * 10, within: .seconds(60))
      try await alice.kill()
      // What was acknowledged on the disk is not told again; what was on its way may be, once.
      alice = try await alice.restarted()
    }
    try await eventually { Set(receiver.lines.map(\.text)).count >= count }
    let lines = receiver.lines
    #expect(lines.allSatisfy { $0.isSigned })
    var greatest: Int64 = 0
    var again = 0
    for line in lines {
      if line.seq <= greatest {
        #expect(line.seq == greatest, "only the one that was on its way comes again")
        again += 1
      }
      greatest = max(greatest, line.seq)
    }
    #expect(again <= 4)
    #expect(Set(lines.map(\.delivery)).count == count, "an event that comes again has the same name")
  }

  @Test(.timeLimit(.minutes(2)))
  func `what expired before it could be told is told without its content`() async throws {
    let (relay, alice, bob, chat, back) = try await pair()
    defer { withExtendedLifetime(relay) {} }
    let receiver = try await Receiver(alice.folder, mode: "500")
    try await hook(alice, receiver.url)
    try await send(["canary-of-the-webhook"], bob, chat, expires: 5)
    #expect(try await receiver.lines(1).first?.text == "canary-of-the-webhook")
    let message = try await alice.call("message.list", ["chat": back])["messages"]?.array?.last?["message"] ?? .null
    try await alice.call("chat.markRead", ["chat": back, "upTo": message])
    try await eventually { receiver.lines.last?.text == "expired" }
    try receiver.answer("200")
    try await eventually { receiver.lines.last?.status == "200" }
    #expect(receiver.lines.last?.text == "expired")
  }

  @Test(.timeLimit(.minutes(5)))
  func `link-local addresses and http to other machines are refused, by whatever name`() async throws {
    let relay = try await RunningRelay.start()
    let alice = try await RunningDaemon.atRelay(relay, "Alice", Self.options)
    for (url, outcome) in [
      ("http://169.254.169.254/latest", "refused_address"), ("https://169.254.169.254/", "refused_address"),
      ("http://[fe80::1]/", "refused_address"), ("http://[::ffff:169.254.169.254]/", "refused_address"),
      ("http://2852039166/", "refused_address"), ("http://0.0.0.0:1/", "refused_address"),
      ("http://192.0.2.1/", "plaintext"), ("http://no-such-host.invalid/", "unknown_host"),
      ("http://localhost:1/", "unreachable"),
    ] {
      try await hook(alice, .string(url))
      let tested = try await alice.call("webhook.test", ["webhook": "w"])
      #expect(tested == ["ok": false, "outcome": .string(outcome)], "\(url)")
    }
  }
}
