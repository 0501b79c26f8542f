import Foundation
import ProcessSupport
import RelayClient
import RelayWire
import Testing

@Suite(.timeLimit(.minutes(5))) struct `A SOCKS proxy` {
  private func transport(_ server: SocksServer) throws -> RelayTransport {
    try RelayTransport(proxy: try SocksProxy(server.address))
  }

  private func connect(
    _ route: String, _ transport: RelayTransport, timeLimit: Duration = .seconds(20)
  ) async throws -> RelayConnection {
    try await RelayConnection.connect(
      to: try transport.address(route: route), expectedRelayKey: nil, timeLimit: timeLimit, transport: transport)
  }

  @Test func `is asked for a host by its name, with a user name of its own for each connection`() async throws {
    let relay = try await ScriptedRelay.start()
    let server = try SocksServer(destination: relay.address.port)
    let transport = try transport(server)
    var connections: [RelayConnection] = []
    for _ in 0..<3 { connections.append(try await connect("example.onion:4431", transport)) }
    #expect(connections.allSatisfy { $0.hello == ScriptedRelay.hello })
    #expect(server.requests.map(\.host) == ["example.onion", "example.onion", "example.onion"])
    #expect(server.requests.map(\.port) == [4_431, 4_431, 4_431])
    #expect(Set(server.requests.map(\.userName)).count == 3)
    #expect(server.requests.allSatisfy { $0.userName.count == 32 })
    for connection in connections { await connection.close() }
  }

  @Test(arguments: [
    (SocksServer.Behaviour.takesNoUserNames, RelayClientError.proxy(.noIsolation)),
    (.refusesUserNames, .proxy(.noIsolation)), (.isNoProxy, .proxy(.notSocks)), (.saysMore, .proxy(.notSocks)),
    (.cannotConnect(reply: 4), .proxy(.cannotConnect(reply: 4))),
  ])
  func `that does anything else is refused`(behaviour: SocksServer.Behaviour, error: RelayClientError) async throws {
    let relay = try await ScriptedRelay.start()
    let server = try SocksServer(behaviour, destination: relay.address.port)
    await #expect(throws: error) { try await connect("example.onion:80", try transport(server)) }
  }

  @Test func `that is away is not gone round`() async throws {
    let relay = try await ScriptedRelay.start()
    let gone: String
    do { gone = try SocksServer().address }
    let transport = try RelayTransport(proxy: try SocksProxy(gone))
    await #expect(throws: RelayClientError.self) { try await connect("example.onion:\(relay.address.port)", transport) }
  }

  @Test func `that never answers is given up in time`() async throws {
    let mute = try await ScriptedRelay.mute()
    let transport = try RelayTransport(proxy: try SocksProxy(mute.address.route))
    await #expect(throws: RelayClientError.timedOut) {
      try await connect("example.onion:80", transport, timeLimit: .milliseconds(300))
    }
  }

  @Test func `is not asked for this machine or an IP address`() async throws {
    let server = try SocksServer()
    let transport = try transport(server)
    await #expect(throws: RelayClientError.notAllowed(.loopbackThroughProxy)) {
      try await connect("localhost:80", transport)
    }
    for route in ["127.0.0.1:80", "192.0.2.1:443", "[2001:db8::1]:443"] {
      await #expect(throws: RelayClientError.notAllowed(.literalThroughProxy)) { try await connect(route, transport) }
    }
    #expect(server.requests.isEmpty)
  }

  @Test func `is needed for an onion address`() async throws {
    await #expect(throws: RelayClientError.notAllowed(.onionWithoutProxy)) {
      try await connect("example.onion:80", .direct)
    }
  }

  @Test(arguments: ["", "127.0.0.1", ":9050", "127.0.0.1:0", "socks5://127.0.0.1:9050", "::1:9050", "a b:1"])
  func `has an address, or is refused`(text: String) {
    #expect(throws: RelayTransportError.malformedProxy) { try SocksProxy(text) }
  }

  @Test func `an authority's file without a certificate is refused`() throws {
    let folder = try TemporaryFolder()
    let file = folder.path(of: "authority.pem")
    #expect(throws: RelayTransportError.noAuthorities(file: file)) { try RelayTransport(authorityFile: file) }
    try "nothing".write(toFile: file, atomically: true, encoding: .utf8)
    #expect(throws: RelayTransportError.noAuthorities(file: file)) { try RelayTransport(authorityFile: file) }
  }
}
