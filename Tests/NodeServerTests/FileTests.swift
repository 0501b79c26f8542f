import Foundation
import NodeInterface
import ProcessSupport
import Testing

/// Files over the local interface: brought over HTTP, sent, fetched, and handed out in parts.
@Suite struct `Files over the interface` {
  private static let http = ["--http", "127.0.0.1:0", "--call-rate", "1000"]

  /// Bytes of which no part is like another.
  private static func content(_ count: Int) -> Data {
    var state: UInt64 = 0x9e37_79b9_7f4a_7c15
    return Data(
      (0..<count).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return UInt8(truncatingIfNeeded: state >> 33)
      })
  }

  private func put(_ daemon: RunningDaemon, _ path: String, _ body: Data, _ secret: String) async throws -> Int {
    try await PlainHTTP.request(
      port: daemon.port, "PUT", path, RunningDaemon.headers(secret, type: nil), body: body
    ).status
  }

  private func get(
    _ daemon: RunningDaemon, _ id: String, _ secret: String, _ range: String? = nil
  ) async throws -> PlainHTTP.Answer {
    try await PlainHTTP.request(
      port: daemon.port, "GET", "/api/v1/blobs/\(id)",
      RunningDaemon.headers(secret, type: nil) + (range.map { [("Range", $0)] } ?? []))
  }

  /// Calls as the bearer of a token.
  private func call(
    _ daemon: RunningDaemon, _ method: String, _ parameters: JSONValue, _ secret: String
  ) async throws -> JSONValue {
    let frame: JSONValue = ["jsonrpc": "2.0", "id": 1, "method": .string(method), "params": parameters]
    return try JSONText.parse(
      try await daemon.post(String(decoding: JSONText.bytes(frame), as: UTF8.self), secret).body)
  }

  private func files(_ daemon: RunningDaemon) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: daemon.folder.path(of: "home/files"))
  }

  @Test(.timeLimit(.minutes(2)))
  func `a large one is brought, sent, fetched and handed out in parts, and no disk sees its plaintext`() async throws {
    let relay = try await RunningRelay.start()
    let (alice, bob) = (
      try await RunningDaemon.atRelay(relay, "Alice", Self.http),
      try await RunningDaemon.atRelay(relay, "Bob", Self.http)
    )
    let (chat, _) = try await bob.meet(alice)
    let (_, mine) = try await bob.token(["send", "read"])
    let content = Self.content(300_000)
    let begun = try await call(bob, "blob.begin", ["size": 300_000, "name": "film.bin"], mine)["result"]
    let (id, url) = (begun?["blob"] ?? .null, begun?["uploadUrl"]?.string ?? "")
    let message: JSONValue = ["chat": chat, "content": ["text": "look", "attachments": [["blob": id]]]]
    #expect(try await call(bob, "message.send", message, mine)["error"]?.kind == "conflict", "nothing was brought")
    #expect(try await put(bob, url, content, mine) == 200)
    #expect(try await call(bob, "blob.commit", ["blob": id], mine)["result"]?["state"] == "ready")
    try await alice.call("events.poll", ["consumer": "bot", "from": "now"])
    #expect(try await call(bob, "message.send", message, mine)["result"]?["message"] != nil)
    #expect(try await call(bob, "message.send", message, mine)["error"]?.kind == "not_found", "it went with a message")

    let events = try await alice.call(
      "events.poll", ["consumer": "bot", "types": ["message.received"], "timeoutMs": 20_000])
    let file = events["events"]?.array?.first?["data"]?["content"]?["attachments"]?.array?.first
    let blob = file?["blob"]?.string ?? ""
    #expect(file?["size"] == 300_000 && file?["remote"] == true && file?["name"] == "film.bin")
    let (_, theirs) = try await alice.token(["read"])
    #expect(try await call(alice, "blob.stat", ["blob": .string(blob)], theirs)["result"]?["state"] == "remote")
    let whole = try await get(alice, blob, theirs)
    #expect(whole.status == 200 && whole.body == content && whole.headers["content-length"] == "300000")
    #expect(try await call(alice, "blob.stat", ["blob": .string(blob)], theirs)["result"]?["state"] == "here")
    // Nothing is fetched twice: the relay has ended.
    try await relay.kill()
    for part in [0..<1, 65_535..<65_538, 131_072..<300_000, 299_999..<300_000] {
      let answer = try await get(alice, blob, theirs, "bytes=\(part.lowerBound)-\(part.upperBound - 1)")
      #expect(answer.status == 206 && answer.body == content[part], "\(part)")
    }
    for daemon in [alice, bob] {
      for name in try files(daemon) {
        let bytes = try Data(contentsOf: URL(fileURLWithPath: daemon.folder.path(of: "home/files/" + name)))
        #expect(bytes.range(of: content[1_000..<1_064]) == nil, "\(name)")
      }
    }
    // What was changed on the disk since it was verified is not handed out.
    let kept = try #require(try files(alice).first)
    let handle = try FileHandle(forUpdating: URL(fileURLWithPath: alice.folder.path(of: "home/files/" + kept)))
    try handle.seek(toOffset: 200_000)
    try handle.write(contentsOf: Data([1, 2, 3, 4]))
    try handle.close()
    let broken = try await get(alice, blob, theirs)
    #expect(broken.status == 200 && broken.body.count < 200_000 && content.starts(with: broken.body))
    try await alice.call("blob.delete", ["blob": .string(blob)])
    #expect(try files(alice).isEmpty)
  }

  @Test(.timeLimit(.minutes(1)))
  func `what is brought is bounded, whole, its bringer's own, and gone with the daemon`() async throws {
    let relay = try await RunningRelay.start()
    let alice = try await RunningDaemon.atRelay(relay, "Alice", Self.http)
    let (_, secret) = try await alice.token(["send"])
    let (_, other) = try await alice.token(["send"])
    let (_, reader) = try await alice.token(["read"])
    func begin(_ size: Int64) async throws -> (id: JSONValue, url: String) {
      let begun = try await call(alice, "blob.begin", ["size": .integer(size), "name": "a"], secret)["result"]
      return (begun?["blob"] ?? .null, begun?["uploadUrl"]?.string ?? "")
    }
    let file = try await begin(100_000)
    let content = Self.content(100_000)
    #expect(try await put(alice, file.url, content, reader) == 403)
    #expect(try await put(alice, file.url, content, other) == 404, "another bearer's file is not there")
    #expect(try await put(alice, "/api/v1/blobs/bl_u0", content, secret) == 404)
    #expect(try await put(alice, file.url, Self.content(99_999), secret) == 400)
    #expect(try await put(alice, file.url, content + [0], secret) == 400)
    // What is cut off in the middle was not said.
    _ = try await PlainHTTP.request(
      port: alice.port, "PUT", file.url, RunningDaemon.headers(secret, type: nil), body: content.prefix(70_000),
      length: 100_000)
    var state = try await call(alice, "blob.commit", ["blob": file.id], secret)
    #expect(state["error"]?.kind == "conflict")
    let chunked = try RawConnection(port: alice.port)
    let small = try await begin(10)
    chunked.send(
      "PUT \(small.url) HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \(secret)\r\n"
        + "Transfer-Encoding: chunked\r\n\r\nb\r\n01234567890\r\n0\r\n\r\n")
    #expect(chunked.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 413"))
    var status = 0
    try await eventually {  // the cut one is being noticed
      status = try await put(alice, file.url, content, secret)
      return status != 409
    }
    #expect(status == 200)
    #expect(try await put(alice, file.url, content, secret) == 409, "its bytes have come")
    #expect(try files(alice).count == 1)
    for _ in 0..<14 { _ = try await begin(1) }
    #expect(try await call(alice, "blob.begin", ["size": 1, "name": "a"], secret)["error"]?.kind == "limit_reached")
    // Its key was in the process that has ended.
    try await alice.kill()
    let again = try await alice.restarted()
    state = try await call(again, "blob.commit", ["blob": file.id], secret)
    #expect(state["error"]?.kind == "not_found")
    try await eventually { try files(again).isEmpty }
  }

  @Test(.timeLimit(.minutes(1)))
  func `with a drop directory no other file is taken or written, whatever leads there`() async throws {
    let relay = try await RunningRelay.start()
    let folder = try TemporaryFolder()
    let drop = folder.path(of: "drop")
    try FileManager.default.createDirectory(atPath: drop, withIntermediateDirectories: true)
    for name in ["drop/in.txt", "secret.txt", "drop-2.txt"] {
      try Data("Grüezi".utf8).write(to: URL(fileURLWithPath: folder.path(of: name)))
    }
    try FileManager.default.createSymbolicLink(
      atPath: drop + "/link.txt", withDestinationPath: folder.path(of: "secret.txt"))
    try FileManager.default.createSymbolicLink(atPath: drop + "/out", withDestinationPath: folder.path)
    let alice = try await RunningDaemon.atRelay(relay, "Alice", ["--drop-directory", drop])
    let notes = try await alice.call("chat.open", ["contact": "self"])["chat"] ?? .null
    func parameters(_ path: String) -> [String: JSONValue] {
      ["chat": notes, "content": ["attachments": [["path": .string(path)]]]]
    }
    for path in [drop + "/in.txt", "in.txt", "./in.txt", "out/drop/in.txt"] {
      #expect(try await alice.refusal("message.send", parameters(path)) == nil, "\(path)")
    }
    for path in [
      folder.path(of: "secret.txt"), folder.path(of: "drop-2.txt"), "link.txt", "../secret.txt", "out/secret.txt",
      "/etc/hostname",
    ] {
      #expect(try await alice.refusal("message.send", parameters(path))?.kind == "forbidden", "\(path)")
    }
    #expect(try await alice.refusal("message.send", parameters("none.txt"))?.kind == "not_found")
    let sent = try await alice.call("message.list", ["chat": notes])["messages"]?.array?.first
    let blob = sent?["content"]?["attachments"]?.array?.first?["blob"] ?? .null
    for path in ["saved.txt", drop + "/saved-2.txt"] {
      #expect(try await alice.refusal("blob.fetch", ["blob": blob, "path": .string(path)]) == nil, "\(path)")
    }
    for path in [folder.path(of: "new.txt"), "../new.txt", "out/new.txt"] {
      #expect(
        try await alice.refusal("blob.fetch", ["blob": blob, "path": .string(path)])?.kind == "forbidden", "\(path)")
    }
    for path in ["saved.txt", "link.txt"] {
      #expect(
        try await alice.refusal("blob.fetch", ["blob": blob, "path": .string(path)])?.kind == "conflict", "\(path)")
    }
    #expect(try Data(contentsOf: URL(fileURLWithPath: drop + "/saved.txt")) == Data("Grüezi".utf8))
    #expect(!FileManager.default.fileExists(atPath: folder.path(of: "new.txt")))
  }

  @Test(.timeLimit(.minutes(1)))
  func `a text goes out while uploads of large files stall`() async throws {
    let relay = try await RunningRelay.start()
    let proxy = try await BreakingProxy.start(before: relay.port, webSockets: .pass)
    let alice = try await RunningDaemon.at("ws://127.0.0.1:\(proxy.port)", "Alice")
    let bob = try await RunningDaemon.atRelay(relay, "Bob")
    let (chat, _) = try await bob.meet(alice)
    let path = bob.folder.path(of: "film.bin")
    try Self.content(200_000).write(to: URL(fileURLWithPath: path))
    proxy.swallowRequests(true)
    var films: [JSONValue] = []
    // More than are brought at once.
    for _ in 0..<5 {
      let content: JSONValue = ["attachments": [["path": .string(path)]]]
      films.append(try await bob.call("message.send", ["chat": chat, "content": content])["message"] ?? .null)
    }
    let text = try await bob.call(
      "message.send", ["chat": chat, "content": ["text": "Grüezi"], "wait": "delivered", "waitMs": 20_000])
    #expect(text["state"] == "delivered" || text["state"] == "read")
    for film in films { #expect(try await bob.call("message.get", ["message": film])["state"] == "queued") }
    proxy.swallowRequests(false)
  }
}
