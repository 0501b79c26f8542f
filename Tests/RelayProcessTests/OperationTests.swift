import ByteLayout
import Foundation
import ProcessSupport
import RelayClient
import RelayWire
import Testing

@Suite(.timeLimit(.minutes(3))) struct `A relay in operation` {
  /// What a small HTTP client gets of `path`.
  private func get(_ path: String, port: Int) async throws -> String {
    try await RunningProcess.run(
      "/usr/bin/env",
      [
        "python3", "-c",
        """
        import http.client, sys
        c = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=10)
        c.request("GET", sys.argv[2])
        r = c.getresponse()
        print(r.status, r.read().decode(), end="")
        """, "\(port)", path,
      ]
    ).standardOutput
  }

  /// A port that was free a moment ago.
  private func freePort() async throws -> Int {
    let script = "import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); print(s.getsockname()[1])"
    let out = try await RunningProcess.run("/usr/bin/env", ["python3", "-c", script]).standardOutput
    return try #require(Int(out.dropLast()))
  }

  @Test func `says that it is ready, and tells numbers on another address that name nobody`() async throws {
    let port = try await freePort()
    let relay = try await RunningRelay.start(arguments: ["--metrics-listen", "127.0.0.1:\(port)"])
    #expect(try await get("/readyz", port: relay.port) == "200 ready\n")
    #expect(try await get("/metrics", port: relay.port).hasPrefix("404"))
    let mailbox = try TestMailbox()
    let owner = try await relay.owner(of: mailbox)
    let sender = try await relay.connect()
    let put = try mailbox.put()
    for _ in 0..<2 { _ = try await sender.put(put) }
    let nobody = try TestMailbox().put()
    _ = await refusal { _ = try await sender.put(nobody) }
    _ = try await mailbox.fetchAll(owner)
    let text = try await get("/metrics", port: port)
    for line in [
      "sotto_relay_puts_total{outcome=\"stored\"} 1", "sotto_relay_puts_total{outcome=\"repeated\"} 1",
      "sotto_relay_puts_total{outcome=\"not_admitted\"} 1", "sotto_relay_refusals_total{code=\"not_admitted\"} 1",
      "sotto_relay_receipts_total 2", "sotto_relay_openings_total 1", "sotto_relay_fetches_total 1",
      "sotto_relay_open_mailboxes 1", "sotto_relay_ready 1", "# TYPE sotto_relay_commit_seconds histogram",
    ] { #expect(text.contains(line + "\n"), "\(line)") }
    #expect(!text.contains(mailbox.id.bytes.description.prefix(8)) && !text.contains("127.0.0.1"))
    #expect(try await get("/healthz", port: port).hasPrefix("404"))
  }

  @Test func `tells numbers on loopback only, unless that is meant`() async throws {
    let arguments = ["config", "check", "--data", "x", "--metrics-listen", "0.0.0.0:9464"]
    #expect(try await RunningProcess.run("sotto-relay", arguments).exit == .code(2))
    #expect(try await RunningProcess.run("sotto-relay", arguments + ["--metrics-any-address"]).exit == .code(0))
  }

  @Test func `answers its own health check, and nobody does where it is not`() async throws {
    let relay = try await RunningRelay.start()
    let arguments = ["health", "--data", "x", "--listen", "127.0.0.1:\(relay.port)"]
    #expect(try await RunningProcess.run("sotto-relay", arguments).exit == .code(0))
    try await relay.terminate()
    #expect(try await RunningProcess.run("sotto-relay", arguments).exit == .code(1))
  }

  @Test func `logs an object a line`() async throws {
    let relay = try await RunningRelay.start(arguments: ["--log-level", "debug", "--log-format", "json"])
    try await relay.terminate()
    let lines = relay.process.standardError.split(separator: "\n")
    let events = try lines.map { line in
      let object = try JSONDecoder().decode([String: String].self, from: Data(line.utf8))
      #expect(Set(object.keys) == ["time", "level", "event", "message"])
      return object["event"]
    }
    #expect(events == ["listening", "ending", "ended"])
  }

  @Test func `takes no more connections than it may`() async throws {
    let relay = try await RunningRelay.start(arguments: ["--limits-connections", "2"])
    let kept = [try await relay.connect(), try await relay.connect()]
    await #expect(throws: RelayClientError.self) { try await relay.connect() }
    for connection in kept { _ = try await connection.info() }
  }

  @Test func `ends under load in order: every receipt holds, everybody is told, and clients go on`() async throws {
    let relay = try await RunningRelay.start()
    let mailbox = try TestMailbox()
    let owner = try await relay.connect()
    let fence = try await mailbox.open(owner)
    try await mailbox.admit(owner)
    let load = PutLoad(try (0..<8).map { _ in try (0..<1_000).map { _ in try mailbox.put() } })
    async let first: Void = load.run(relay, owner.hello.relayKey)
    await load.reached(300)
    #expect(try await relay.terminate() == .code(0))
    await first
    #expect(load.surprises.isEmpty)
    let again = try await relay.restarted()
    await load.run(again, owner.hello.relayKey)
    let reader = try await again.connect(expecting: owner.hello.relayKey)
    try await mailbox.open(reader, presenting: fence)
    let found = try await mailbox.fetchAll(reader).map(\.envelopeID)
    #expect(load.acknowledged.count == 8_000)
    #expect(found.count == 8_000 && Set(found) == Set(load.acknowledged.keys))
  }

  @Test func `is not ready while it ends, and finishes what has begun`() async throws {
    let port = try await freePort()
    // Long enough for a machine on which everything else is tested as well.
    let client = try await TusClient.start(
      arguments: ["--metrics-listen", "127.0.0.1:\(port)", "--shutdown-seconds", "60"])
    let relay = client.relay
    let (_, path) = try await client.begin()
    let upload = try LoopbackSocket(port: relay.port)
    upload.setTimeLimit(.seconds(60))
    let body = TusClient.bytes()
    upload.send(
      """
      PATCH \(path) HTTP/1.1\r\nHost: x\r\nTus-Resumable: 1.0.0\r\nContent-Type: application/offset+octet-stream\r
      Upload-Offset: 0\r\nContent-Length: \(body.count)\r\n\r\n
      """.utf8)
    upload.send(body.prefix(1_000))
    try await eventually { try await client.offset(path) == 1_000 }
    #expect(try LoopbackSocket.get("/readyz", port: relay.port).hasPrefix("HTTP/1.1 200"))
    // Nothing is waited for before the signal: an upload that stands still for 90 seconds is given up.
    relay.process.terminate()
    try await eventually { try !LoopbackSocket.get("/metrics", port: port).contains("sotto_relay_ready 1\n") }
    #expect(try LoopbackSocket.get("/metrics", port: port).contains("sotto_relay_ready 0\n"))
    upload.send(body.dropFirst(1_000))
    #expect(String(decoding: upload.receive(), as: UTF8.self).hasPrefix("HTTP/1.1 204"))
    #expect(try await relay.process.exit() == .code(0))
  }

  @Test func `says 1001 in the end, and a client that never answers does not keep it`() async throws {
    let relay = try await RunningRelay.start(arguments: ["--shutdown-seconds", "2"])
    // Upgrades, then neither reads nor answers; the other one reads what the relay says last.
    let silent = try RunningProcess(
      "/usr/bin/env",
      [
        "python3", "-c",
        """
        import os, socket, sys, time
        def upgrade():
            s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
            s.sendall(b"GET /v1/ws HTTP/1.1\\r\\nHost: x\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\n"
                      b"Sec-WebSocket-Version: 13\\r\\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\\r\\n\\r\\n")
            return s
        silent, reader = upgrade(), upgrade()
        half = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
        half.sendall(b"GET /v1")
        data = reader.recv(65536)
        print("ready", flush=True)
        while more := reader.recv(65536): data += more
        print("1001" if b"\\x88\\x02\\x03\\xe9" in data else data[-20:], flush=True)
        """, "\(relay.port)",
      ])
    #expect(try await silent.line() == "ready")
    let began = ContinuousClock.now
    #expect(try await relay.terminate() == .code(0))
    #expect(ContinuousClock.now - began < .seconds(10))
    #expect(try await silent.line(1) == "1001")
  }

  // MARK: systemd

  /// Starts the relay on a listening socket that was there before, as descriptor 3.
  private func startInherited(_ folder: TemporaryFolder, host: String, arguments: [String] = []) throws
    -> RunningProcess
  {
    try RunningProcess(
      "/usr/bin/env",
      [
        "python3", "-c",
        """
        import os, socket, sys
        s = socket.socket()
        s.bind((sys.argv[1], 0))
        s.listen(16)
        print(s.getsockname()[1], flush=True)
        if s.fileno() != 3: os.dup2(s.fileno(), 3)
        os.set_inheritable(3, True)
        os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
        os.execv(sys.argv[2], sys.argv[2:])
        """, host, try BuiltProgram.path("sotto-relay"), "serve", "--listen", "systemd", "--data",
        folder.path(of: "data"),
      ] + arguments)
  }

  @Test func `serves on a socket that systemd hands over`() async throws {
    let folder = try TemporaryFolder()
    let relay = try startInherited(folder, host: "127.0.0.1")
    let port = try #require(Int(try await relay.line()))
    #expect(try await relay.line(1) == "sotto-relay listening on systemd")
    #expect(try await get("/healthz", port: port) == "200 ok\n")
    let connection = try await RelayConnection.connect(
      to: try RelayAddress(url: "ws://127.0.0.1:\(port)"), expectedRelayKey: nil, timeLimit: .seconds(30))
    _ = try await connection.info()
    relay.terminate()
    #expect(try await relay.exit() == .code(0))
  }

  @Test func `refuses a socket that is open to others without TLS, and none at all`() async throws {
    let folder = try TemporaryFolder()
    #expect(try await startInherited(folder, host: "0.0.0.0").exit() == .code(1))
    let open = try startInherited(folder, host: "0.0.0.0", arguments: ["--insecure-plaintext"])
    #expect(try await open.line(1) == "sotto-relay listening on systemd")
    open.terminate()
    #expect(try await open.exit() == .code(0))
    let none = try await RunningProcess.run(
      "sotto-relay", ["serve", "--listen", "systemd", "--data", folder.path(of: "data")])
    #expect(none.exit == .code(1))
    #expect(none.standardError.contains("systemd"))
  }

  @Test(arguments: [false, true]) func `tells systemd when it is ready, alive and stopping`(isAbstract: Bool)
    async throws
  {
    let folder = try TemporaryFolder()
    let name = isAbstract ? "@" + folder.path(of: "notify") : folder.path(of: "notify")
    let manager = try RunningProcess(
      "/usr/bin/env",
      [
        "python3", "-c",
        """
        import socket, sys
        s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        s.bind(sys.argv[1].replace("@", "\\0", 1) if sys.argv[1].startswith("@") else sys.argv[1])
        print("bound", flush=True)
        while True: print(s.recv(4096).decode(), flush=True)
        """, name,
      ])
    #expect(try await manager.line() == "bound")
    let relay = try RunningProcess(
      "sotto-relay", ["serve", "--listen", "127.0.0.1:0", "--data", folder.path(of: "data")],
      environment: ["NOTIFY_SOCKET": name, "WATCHDOG_USEC": "200000"])
    #expect(try await manager.line(1) == "READY=1")
    #expect(try await manager.line(2) == "WATCHDOG=1")
    relay.terminate()
    #expect(try await relay.exit() == .code(0))
    var line = 3
    while try await manager.line(line) == "WATCHDOG=1" { line += 1 }
    #expect(try await manager.line(line) == "STOPPING=1")
    manager.kill()
  }

  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/systemd-analyze")))
  func `has units that systemd reads without a word`() async throws {
    let folder = try TemporaryFolder()
    let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../packaging")
    var paths: [String] = []
    for unit in ["sotto-relay.service", "sotto-relay.socket"] {
      let program = try BuiltProgram.path("sotto-relay")
      let text = try String(contentsOf: source.appendingPathComponent(unit), encoding: .utf8)
        .replacing("/usr/local/bin/sotto-relay", with: program)
        .replacing(/Documentation=.*\n/, with: "")
      paths.append(folder.path(of: unit))
      try text.write(toFile: paths[paths.count - 1], atomically: true, encoding: .utf8)
    }
    let verified = try await RunningProcess.run("/usr/bin/systemd-analyze", ["verify", "--man=no"] + paths)
    #expect(verified.exit == .code(0))
    #expect(!verified.standardError.contains("sotto-relay"))
  }
}
