import RelayServer
import Testing

@Suite(.timeLimit(.minutes(5))) struct `What is not a WebSocket` {
  private static let perfect = [
    "Host: x", "Upgrade: websocket", "Connection: upgrade", "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  ]

  /// A request whose headers are the perfect ones, except for those that start as `without`, and `with` added.
  private static func request(
    _ line: String = "GET /v1/ws HTTP/1.1", without: [String] = [], with: [String] = [], body: String = ""
  ) -> String {
    let kept = perfect.filter { header in !without.contains { header.hasPrefix($0) } }
    return ([line] + kept + with).joined(separator: "\r\n") + "\r\n\r\n" + body
  }

  @Test func `a perfect request is upgraded`() async throws {
    try await TestRelay.serve { relay in
      // It stays open, so ask for the end by a close frame: FIN, close, masked, empty.
      let answer = try await RawHTTP.exchange(Self.request(body: "\u{08}\u{00}"), port: relay.port)
      #expect(answer.hasPrefix("HTTP/1.1 101 "))
      #expect(answer.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="))  // RFC 6455 §1.3
    }
  }

  @Test(arguments: [
    request(without: ["Upgrade"]),
    request(without: ["Upgrade"], with: ["Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQ"]),
    request(without: ["Upgrade"], with: ["Upgrade: websocket, h2c"]),
    request(without: ["Connection"]), request(without: ["Connection"], with: ["Connection: keep-alive"]),
    request(without: ["Sec-WebSocket-Version"]),
    request(without: ["Sec-WebSocket-Version"], with: ["Sec-WebSocket-Version: 8"]),
    request(with: ["Sec-WebSocket-Version: 13"]),
    request(without: ["Sec-WebSocket-Key"]), request(without: ["Sec-WebSocket-Key"], with: ["Sec-WebSocket-Key: x"]),
    request(without: ["Sec-WebSocket-Key"], with: ["Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=!"]),
    request(with: ["Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="]),
    request("POST /v1/ws HTTP/1.1", with: ["Content-Length: 0"]), request(with: ["Content-Length: 5"], body: "hello"),
    request("GET /v1/ws?x=1 HTTP/1.1"), request("GET /v1/ws HTTP/1.0"), request(without: ["Host"]),
  ])
  func `anything less at its path is told to upgrade`(request: String) async throws {
    try await TestRelay.serve { relay in
      let answer = try await RawHTTP.exchange(request, port: relay.port)
      #expect(answer.hasPrefix("HTTP/1.1 426 "))
      #expect(answer.contains("Sec-WebSocket-Version: 13"))
    }
  }

  @Test(arguments: [
    ("GET /healthz HTTP/1.1", "200"), ("HEAD /healthz HTTP/1.1", "200"), ("POST /healthz HTTP/1.1", "405"),
    ("GET / HTTP/1.1", "404"), ("GET /v1/ws/ HTTP/1.1", "404"), ("GET //healthz HTTP/1.1", "404"),
    ("OPTIONS * HTTP/1.1", "404"),
    ("GET /v1/rpc HTTP/1.1", "405"), ("GET /v1/rpcs HTTP/1.1", "404"),
  ])
  func `other paths are answered, with or without the wish to upgrade`(line: String, status: String) async throws {
    try await TestRelay.serve { relay in
      for request in [Self.request(line), "\(line)\r\nHost: x\r\n\r\n"] {
        let answer = try await RawHTTP.exchange(request, port: relay.port)
        #expect(answer.hasPrefix("HTTP/1.1 \(status) "))
      }
    }
  }

  @Test(arguments: ["\u{16}\u{03}\u{01}\u{02}\u{00}\u{01}", "frob\r\n\r\n", "GET /healthz HTTP/9.9\r\n\r\n"])
  func `what is no HTTP is refused and the relay lives on`(bytes: String) async throws {
    try await TestRelay.serve { relay in
      let answer = try await RawHTTP.exchange(bytes, port: relay.port)
      #expect(answer.isEmpty || answer.hasPrefix("HTTP/1.1 4"))
      #expect(
        try await RawHTTP.exchange("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", port: relay.port).hasSuffix("ok\n"))
    }
  }

  @Test func `a connection serves one request after the other, also when they come together`() async throws {
    let request = "GET /healthz HTTP/1.1\r\nHost: x\r\n"
    try await TestRelay.serve { relay in
      let answer = try await RawHTTP.exchangeToEnd(
        request + "\r\n" + request + "\r\n" + request + "Connection: close\r\n\r\n", port: relay.port)
      #expect(answer.split(separator: "HTTP/1.1 200 ").count == 3)
      #expect(answer.split(separator: "ok\n").count == 3)
      #expect(answer.lowercased().split(separator: "connection: close").count == 2)
    }
  }

  @Test(arguments: ["GET /healthz HTTP/1.0\r\n\r\n", "POST /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n"])
  func `a connection that can serve no other request is closed after its answer`(request: String) async throws {
    try await TestRelay.serve { relay in
      let answer = try await RawHTTP.exchangeToEnd(request, port: relay.port)
      #expect(answer.lowercased().contains("connection: close"))
    }
  }

  @Test(arguments: [
    "GET /\(String(repeating: "a", count: 100_000)) HTTP/1.1\r\nHost: x\r\n\r\n",
    "GET /healthz HTTP/1.1\r\nHost: x\r\nX: \(String(repeating: "a", count: 10_000))\r\n\r\n",
    "GET /healthz HTTP/1.1\r\nHost: x\r\n\(String(repeating: "X: 1\r\n", count: 100))\r\n",
  ])
  func `a head that is too large is refused`(request: String) async throws {
    try await TestRelay.serve { relay in
      let answer = try await RawHTTP.exchangeToEnd(request, port: relay.port)
      #expect(answer.isEmpty || answer.hasPrefix("HTTP/1.1 4"))
    }
  }

  @Test func `an answer is kept by nobody and run by nobody`() async throws {
    try await TestRelay.serve { relay in
      for path in ["/healthz", "/nothing"] {
        let answer = try await RawHTTP.exchange("GET \(path) HTTP/1.1\r\nHost: x\r\n\r\n", port: relay.port)
        let head = answer.lowercased()
        #expect(head.contains("cache-control: no-store\r\n"))
        #expect(head.contains("x-content-type-options: nosniff\r\n"))
        #expect(head.contains("content-security-policy: default-src 'none'"))
      }
    }
  }

  @Test(arguments: ["127.0.0.1:8440", "localhost:0", "[::1]:1", "127.9.9.9:65535"])
  func `a relay listens on loopback`(address: String) throws { _ = try ListenAddress(address) }

  @Test(arguments: ["0.0.0.0:1", "192.168.0.1:80", "[::]:80", "relay.example:80", "127.1:80", "127.0.0.1.x:80"])
  func `a relay without TLS listens nowhere else`(address: String) {
    #expect(throws: ListenAddressError.notLoopback) { try ListenAddress(address) }
  }

  @Test(arguments: ["0.0.0.0:1", "[::]:80", "relay.example:80"])
  func `with TLS, or when told so, a relay listens anywhere`(address: String) throws {
    #expect(try ListenAddress(address, protection: .tls).url == "wss://" + address)
    #expect(try !ListenAddress(address, protection: .tls).isOpenWithoutTLS)
    #expect(try ListenAddress(address, protection: .insecure).url == "ws://" + address)
    #expect(try ListenAddress(address, protection: .insecure).isOpenWithoutTLS)
  }

  @Test(arguments: ["unix:", "unix:/tmp/", "unix:/\(String(repeating: "a", count: 100))"])
  func `a socket's path can be used or is refused`(address: String) throws {
    #expect(throws: ListenAddressError.unusablePath) { try ListenAddress(address) }
    #expect(try ListenAddress("unix:/run/relay.sock").url == "unix:/run/relay.sock")
  }

  @Test(arguments: ["", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536", ":80", "::1:80", "[]:80"])
  func `what is no address is refused`(address: String) {
    #expect(throws: ListenAddressError.malformed) { try ListenAddress(address) }
  }
}
