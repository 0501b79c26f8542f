import Foundation
import NodeInterface
import NodeServer
import ProcessSupport
import Testing

extension RunningDaemon {
  /// A token with these scopes.
  func token(_ scopes: [String], expiresAt: JSONValue? = nil) async throws -> (id: JSONValue, secret: String) {
    var parameters: [String: JSONValue] = ["name": "test", "scopes": .strings(scopes)]
    parameters["expiresAt"] = expiresAt
    let made = try await call("token.create", parameters)
    return (made["id"] ?? .null, made["secret"]?.string ?? "")
  }

  static func headers(_ secret: String, type: String? = "application/json") -> [(String, String)] {
    [("Authorization", "Bearer \(secret)")] + (type.map { [("Content-Type", $0)] } ?? [])
  }

  /// Posts a frame.
  func post(_ frame: String, _ secret: String) async throws -> PlainHTTP.Answer {
    try await PlainHTTP.request(
      port: port, "POST", "/api/v1/rpc", Self.headers(secret), body: Data(frame.utf8))
  }

  /// A stream of events.
  func stream(_ query: String, _ secret: String, lastEventID: String? = nil) throws -> RawConnection {
    let connection = try RawConnection(port: port)
    let last = lastEventID.map { "Last-Event-ID: \($0)\r\n" } ?? ""
    connection.send(
      "GET /api/v1/events?\(query) HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \(secret)\r\n\(last)\r\n")
    return connection
  }
}

@Suite struct `The interface over HTTP` {
  private static let whoAmI = #"{"jsonrpc":"2.0","id":1,"method":"auth.whoami"}"#

  private func daemon(_ options: [String] = []) async throws -> (RunningRelay, RunningDaemon) {
    let relay = try await RunningRelay.start()
    return (relay, try await RunningDaemon.atRelay(relay, "Alice", ["--http", "127.0.0.1:0"] + options))
  }

  @Test(.timeLimit(.minutes(5)))
  func `calls, batches and notifications are answered to the bearer of a token`() async throws {
    let (relay, alice) = try await daemon()
    defer { withExtendedLifetime(relay) {} }
    let (id, secret) = try await alice.token(["read", "send"])
    let one = try await alice.post(Self.whoAmI, secret)
    #expect(one.status == 200 && one.headers["content-type"] == "application/json")
    #expect(try JSONText.parse(one.body)["result"]?["caller"] == id)
    let batch = try await alice.post(
      #"[{"jsonrpc":"2.0","method":"auth.whoami"},\#(Self.whoAmI),{"jsonrpc":"2.0","id":2,"method":"no.such"}]"#, secret
    )
    let answers = try #require(try JSONText.parse(batch.body).array)
    #expect(batch.status == 200 && answers.map { $0["id"] } == [1, 2] && answers[1]["error"]?["code"] == -32_601)
    let notified = try await alice.post(#"{"jsonrpc":"2.0","method":"auth.whoami"}"#, secret)
    #expect(notified.status == 204 && notified.body.isEmpty)
    let many = "[" + Array(repeating: Self.whoAmI, count: 51).joined(separator: ",") + "]"
    let tooMany = try await alice.post(many, secret)
    #expect(try JSONText.parse(tooMany.body)["error"]?["code"] == -32_600)
    // What a reader and a clientRef of the socket's caller are, a bearer does not see.
    let path: JSONValue = ["chat": "ch_1", "content": ["attachments": [["path": "/etc/hostname"]]]]
    let named = try await alice.post(
      #"{"jsonrpc":"2.0","id":1,"method":"message.send","params":"#
        + String(decoding: JSONText.bytes(path), as: UTF8.self) + "}", secret)
    #expect(named.status == 403, "files are not taken from bearers")
  }

  @Test(.timeLimit(.minutes(5)))
  func `foreign names, foreign pages and foreign types are refused, whatever token they show`() async throws {
    let (relay, alice) = try await daemon([
      "--http-origin", "https://panel.example", "--http-host", "sotto.internal", "--call-rate", "1000",
    ])
    defer { withExtendedLifetime(relay) {} }
    let (_, secret) = try await alice.token(["read"])
    let body = Data(Self.whoAmI.utf8)
    func status(host: String? = nil, _ headers: [(String, String)], _ method: String = "POST") async throws -> Int {
      try await PlainHTTP.request(port: alice.port, method, "/api/v1/rpc", headers, host: host, body: body).status
    }
    let good = RunningDaemon.headers(secret)
    for host in [
      "evil.example", "evil.example:\(alice.port)", "localhost.evil.example", "127.0.0.1.evil.example", "", "a b",
    ] {
      #expect(try await status(host: host, good) == 421, "\(host)")
    }
    for host in ["localhost", "LOCALHOST:\(alice.port)", "[::1]:1", "sotto.internal"] {
      #expect(try await status(host: host, good) == 200, "\(host)")
    }
    for origin in [
      "https://evil.example", "null", "http://127.0.0.1:\(alice.port)", "https://panel.example.evil.example",
    ] {
      #expect(try await status(good + [("Origin", origin)]) == 403, "\(origin)")
    }
    #expect(try await status(good + [("Origin", "https://panel.example")]) == 200)
    #expect(try await status([("Origin", "https://panel.example")], "OPTIONS") == 204)
    #expect(try await status([("Origin", "https://evil.example")], "OPTIONS") == 403)
    for type in ["text/plain", "application/x-www-form-urlencoded", "application/json, text/plain", nil] {
      #expect(try await status(RunningDaemon.headers(secret, type: type)) == 415, "\(type ?? "none")")
    }
    #expect(try await status(RunningDaemon.headers(secret, type: "application/json; charset=utf-8")) == 200)
  }

  @Test(.timeLimit(.minutes(5)))
  func `missing, wrong, revoked, expired and under-scoped tokens are refused`() async throws {
    let (relay, alice) = try await daemon(["--http-metrics"])
    defer { withExtendedLifetime(relay) {} }
    let (id, secret) = try await alice.token(["send"])
    let (_, short) = try await alice.token(
      ["read"], expiresAt: .integer(Int64(Date().timeIntervalSince1970 * 1_000) + 1_500))
    for path in ["/api/v1/rpc", "/api/v1/events?consumer=a", "/metrics", "/", "/nothing"] {
      let answer = try await PlainHTTP.request(port: alice.port, path == "/api/v1/rpc" ? "POST" : "GET", path)
      #expect(answer.status == 401 && answer.headers["www-authenticate"] == "Bearer", "\(path)")
    }
    for wrong in ["sotto_" + String(repeating: "0", count: 64), String(secret.dropLast()), "", secret + " x"] {
      #expect(try await alice.post(Self.whoAmI, wrong).status == 401, "\(wrong)")
    }
    let under = try await alice.post(#"{"jsonrpc":"2.0","id":1,"method":"contact.list"}"#, secret)
    #expect(try under.status == 403 && JSONText.parse(under.body)["error"]?["data"]?["scope"] == "read")
    let stream = try await PlainHTTP.request(
      port: alice.port, "GET", "/api/v1/events?consumer=a", RunningDaemon.headers(secret, type: nil))
    #expect(stream.status == 403)
    try await alice.call("token.revoke", ["id": id])
    #expect(try await alice.post(Self.whoAmI, secret).status == 401)
    // It is over while the bearer waits for an event.
    var last = try await alice.post(Self.whoAmI, short)
    while last.status == 200 { last = try await alice.post(Self.whoAmI, short) }
    #expect(last.status == 401 || last.status == 429)
    #expect(try await PlainHTTP.request(port: alice.port, "GET", "/healthz").status == 200)
  }

  @Test(.timeLimit(.minutes(5)))
  func `huge and deep bodies are refused, slow clients let go, and too many calls told when to come back`() async throws
  {
    let (relay, alice) = try await daemon()
    defer { withExtendedLifetime(relay) {} }
    let (_, secret) = try await alice.token(["read"])
    let huge = try await PlainHTTP.request(
      port: alice.port, "POST", "/api/v1/rpc", RunningDaemon.headers(secret), body: Data(count: (1 << 20) + 1))
    #expect(huge.status == 413)
    let chunked = try RawConnection(port: alice.port)
    chunked.send(
      "POST /api/v1/rpc HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \(secret)\r\n"
        + "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
    for _ in 0..<20 { chunked.send("10000\r\n" + String(repeating: " ", count: 65_536) + "\r\n") }
    #expect(chunked.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 413"))
    for body in [String(repeating: "[", count: 100_000), #"{"jsonrpc":"2.0","id":1,"id":2,"method":"auth.whoami"}"#] {
      let answer = try await alice.post(body, secret)
      #expect(try answer.status == 200 && JSONText.parse(answer.body)["error"]?["code"] == -32_700)
    }
    let endless = try RawConnection(port: alice.port)
    endless.send("GET /" + String(repeating: "a", count: 20_000))
    #expect(endless.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 4") || endless.isEnded())
    // Somebody who says nothing holds nobody up.
    let silent = try (0..<20).map { _ in try RawConnection(port: alice.port) }
    defer { withExtendedLifetime(silent) {} }
    var statuses: [Int] = []
    var last = try await alice.post(Self.whoAmI, secret)
    while last.status == 200, statuses.count < 500 {
      statuses.append(last.status)
      last = try await alice.post(Self.whoAmI, secret)
    }
    #expect(last.status == 429 && last.headers["retry-after"] == "1" && statuses.count >= 30)
    let wait = try JSONText.parse(last.body)["error"]?["data"]?["retryAfterMs"]?.integer
    #expect((1...50).contains(wait ?? 0))
  }

  @Test(.timeLimit(.minutes(5)))
  func `a file is handed out in whole or in part, to be kept and not to be shown`() async throws {
    let (relay, alice) = try await daemon()
    defer { withExtendedLifetime(relay) {} }
    let (_, secret) = try await alice.token(["read"])
    let notes = try await alice.call("chat.open", ["contact": "self"])["chat"] ?? .null
    let file: JSONValue = ["data": "R3LDvGV6aQ==", "name": "grüezi\".html", "mime": "text/html"]
    let sent = try await alice.call("message.send", ["chat": notes, "content": ["attachments": [file]]])["message"]
    let id = "bl_" + (sent?.string ?? "").dropFirst(3)
    func get(_ id: String, _ more: [(String, String)] = [], secret: String) async throws -> PlainHTTP.Answer {
      try await PlainHTTP.request(
        port: alice.port, "GET", "/api/v1/blobs/\(id)", RunningDaemon.headers(secret, type: nil) + more)
    }
    let whole = try await get(id, secret: secret)
    #expect(whole.status == 200 && String(decoding: whole.body, as: UTF8.self) == "Grüezi")
    #expect(whole.headers["content-disposition"] == "attachment; filename*=UTF-8''gr%C3%BCezi%22.html")
    #expect(whole.headers["content-type"] == "application/octet-stream")
    #expect(whole.headers["x-content-type-options"] == "nosniff")
    for (range, text, told) in [
      ("bytes=0-1", "Gr", "bytes 0-1/7"), ("bytes=4-", "ezi", "bytes 4-6/7"), ("bytes=-3", "ezi", "bytes 4-6/7"),
      ("bytes=5-99", "zi", "bytes 5-6/7"),
    ] {
      let part = try await get(id, [("Range", range)], secret: secret)
      #expect(part.status == 206 && String(decoding: part.body, as: UTF8.self) == text, "\(range)")
      #expect(part.headers["content-range"] == told, "\(range)")
    }
    for range in ["bytes=7-", "bytes=9-12", "bytes=-0"] {
      let none = try await get(id, [("Range", range)], secret: secret)
      #expect(none.status == 416 && none.headers["content-range"] == "bytes */7", "\(range)")
    }
    #expect(try await get(id, [("Range", "bytes=2-1,x")], secret: secret).status == 200)
    for wrong in ["bl_00000000000000000000000000000001", "bl_r99", "bl_", "ms_1", "..", ""] {
      #expect(try await get(wrong, secret: secret).status == 404, "\(wrong)")
    }
    #expect(try await get(id, secret: "sotto_").status == 401)
    #expect(try await get(id, secret: try await alice.token(["send"]).secret).status == 403)
    try await alice.call("message.delete", ["messages": [sent ?? .null], "scope": "me"])
    #expect(try await get(id, secret: secret).status == 410)
  }

  @Test(.timeLimit(.minutes(5)))
  func `health needs no token, numbers do, and readiness says what is wrong`() async throws {
    let (relay, alice) = try await daemon(["--http-metrics"])
    let (_, secret) = try await alice.token(["read"])
    try await eventually { try await PlainHTTP.request(port: alice.port, "GET", "/readyz").status == 200 }
    let metrics = try await PlainHTTP.request(
      port: alice.port, "GET", "/metrics", RunningDaemon.headers(secret, type: nil))
    let text = String(decoding: metrics.body, as: UTF8.self)
    #expect(
      metrics.status == 200 && text.contains("\nsotto_relays 1\n") && text.contains("responses_total{status=\"200\"}"))
    relay.process.kill()
    _ = try await relay.process.exit()
    try await eventually { try await PlainHTTP.request(port: alice.port, "GET", "/readyz").status != 200 }
    let ready = try await PlainHTTP.request(port: alice.port, "GET", "/readyz")
    #expect(try ready.status == 503 && JSONText.parse(ready.body)["reason"] == "not_connected")
    let wrong = try await PlainHTTP.request(port: alice.port, "POST", "/healthz", body: Data())
    #expect(wrong.status == 405 && wrong.headers["allow"] == "GET")
  }

  @Test(.timeLimit(.minutes(5)))
  func `HTTP is off unless it is asked for, and never off loopback`() async throws {
    let relay = try await RunningRelay.start()
    let alice = try await RunningDaemon.atRelay(relay, "Alice")
    #expect(alice.port == 0)
    alice.process.terminate()
    _ = try await alice.process.exit()
    for address in ["0.0.0.0:0", "192.0.2.1:80", "example.org:80", "127.0.0.1", "[::]:0"] {
      #expect(try await alice.sotto(["daemon", "--http", address]).exit == .code(2), "\(address)")
    }
  }

  @Test(.timeLimit(.minutes(5)))
  func `sotto token makes, lists and revokes`() async throws {
    let (relay, alice) = try await daemon()
    defer { withExtendedLifetime(relay) {} }
    let made = try await alice.sotto(["token", "create", "desk", "--scope", "read", "--days", "1"])
    let secret = made.standardOutput.trimmingCharacters(in: .whitespacesAndNewlines)
    #expect(made.exit == .code(0) && secret.hasPrefix("sotto_"))
    #expect(try await alice.post(Self.whoAmI, secret).status == 200)
    let listed = try await alice.sotto(["token", "list"])
    #expect(listed.standardOutput.contains("tk_1") && listed.standardOutput.contains("desk"))
    #expect(!listed.standardOutput.contains(secret))
    #expect(try await alice.sotto(["token", "revoke", "tk_1"]).exit == .code(0))
    #expect(try await alice.post(Self.whoAmI, secret).status == 401)
    #expect(try await alice.sotto(["token", "revoke", "tk_1"]).exit == .code(7))
    #expect(try await alice.sotto(["token", "create", "x", "--scope", "everything"]).exit == .code(2))
  }
}
