import ProcessSupport
import RelayClient
import RelayWire
import Testing

@Suite("What TLS gives away", .timeLimit(.minutes(5))) struct ClientHelloTests {
  @Test func `a connection offers no session of an earlier one, so that TLS links none of them`() async throws {
    let authority = try await TestAuthority()
    let relay = try await RunningRelay.start(arguments: try await authority.issue().arguments)
    let tap = try SocksServer()
    let transport = try RelayTransport(
      authorityFile: authority.file, tlsOnLoopback: true, proxy: try SocksProxy(tap.address))
    for _ in 0..<3 {
      let connection = try await RelayConnection.connect(
        to: try transport.address(route: "localhost:\(relay.port)"), expectedRelayKey: nil, timeLimit: .seconds(20),
        transport: transport)
      // The relay's tickets come with its first bytes: they have been read by now.
      _ = try await connection.info()
      await connection.close()
    }
    let hellos = try tap.requests.map { try #require(ClientHello($0.firstBytes)) }
    #expect(hellos.count == 3)
    for hello in hellos {
      #expect(hello.extensions[ClientHello.serverName] != nil, "this is a ClientHello, and it was read to its end")
      #expect(hello.extensions[ClientHello.preSharedKey] == nil)
      #expect(hello.extensions[ClientHello.sessionTicket]?.isEmpty != false)
    }
    #expect(Set(hellos.map(\.random)).count == 3)
    // TLS 1.3 sends a random one for the sake of old boxes on the way.
    #expect(Set(hellos.map(\.sessionID)).count == 3)
  }
}

/// The parts of a ClientHello (RFC 8446 §4.1.2) that could be the same in two connections.
private struct ClientHello {
  static let serverName = 0
  static let sessionTicket = 35
  static let preSharedKey = 41

  private(set) var random: [UInt8] = []
  private(set) var sessionID: [UInt8] = []
  private(set) var extensions: [Int: [UInt8]] = [:]

  /// Reads one record with a whole ClientHello in it; nil for anything else.
  init?(_ record: [UInt8]) {
    var rest = record[...]
    func take(_ count: Int) -> [UInt8]? {
      guard rest.count >= count else { return nil }
      defer { rest = rest.dropFirst(count) }
      return Array(rest.prefix(count))
    }
    func number(_ bytes: Int) -> Int? { take(bytes)?.reduce(0) { $0 << 8 | Int($1) } }
    func vector(_ bytes: Int) -> [UInt8]? { number(bytes).flatMap(take) }
    guard number(1) == 22, take(2) != nil, let length = number(2), rest.count == length, number(1) == 1,
      let body = number(3), rest.count == body, take(2) != nil, let random = take(32), let sessionID = vector(1),
      vector(2) != nil, vector(1) != nil, let all = number(2), rest.count == all
    else { return nil }
    (self.random, self.sessionID) = (random, sessionID)
    while !rest.isEmpty {
      guard let type = number(2), let content = vector(2) else { return nil }
      extensions[type] = content
    }
  }
}
