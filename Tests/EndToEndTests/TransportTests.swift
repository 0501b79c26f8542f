import Foundation
import ProcessSupport
import Testing

@Suite(.timeLimit(.minutes(3))) struct TransportTests {
  @Test func `two nodes talk through a relay with TLS`() async throws {
    let authority = try await TestAuthority()
    let relay = try await RunningRelay.start(arguments: try await authority.issue().arguments)
    let alice = try await Person.atRelay(relay, "Alice", variables: authority.variables)
    let bob = try await Person.atRelay(relay, "Bob", variables: authority.variables)
    try await alice.meet(bob)
    try await alice.succeed(["send", "Bob", "Grüezi"])
    #expect(try await bob.succeed(["receive"]).contains("Grüezi"))
    try await bob.succeed(["send", "Alice", "Merci"])
    #expect(try await alice.succeed(["receive"]).contains("Merci"))
  }

  @Test func `two nodes talk where no WebSocket gets through, and do not notice`() async throws {
    let relay = try await RunningRelay.start()
    let proxy = try await BreakingProxy.start(before: relay.port, webSockets: .refuse)
    func person(_ name: String) async throws -> Person {
      let person = try Person(name)
      try await person.succeed(["init", "--relay", "ws://127.0.0.1:\(proxy.port)", "--name", name])
      return person
    }
    let (alice, bob) = (try await person("Alice"), try await person("Bob"))
    try await alice.meet(bob)
    try await alice.succeed(["send", "Bob", "Grüezi"])
    #expect(try await bob.succeed(["receive"]).contains("Grüezi"))
    try await bob.succeed(["send", "Alice", "Merci"])
    #expect(try await alice.succeed(["receive"]).contains("Merci"))
    #expect(proxy.upgrades > 0)
  }

  @Test func `a node that does not trust the relay's certificate makes no account there, and says why`() async throws {
    let authority = try await TestAuthority()
    let relay = try await RunningRelay.start(arguments: try await authority.issue().arguments)
    let carol = try Person("Carol", variables: ["SOTTO_TLS_LOOPBACK": "1"])
    let refused = try await carol.run(["init", "--relay", relay.url])
    #expect(refused.exit == .code(9))
    #expect(refused.standardError.contains("certificate"))
    #expect(refused.standardError.contains("SOTTO_TLS_CA_FILE"))
    #expect(!FileManager.default.fileExists(atPath: carol.home))
  }

  @Test func `an account whose relay shows another certificate says so, and loses nothing`() async throws {
    let authority = try await TestAuthority()
    let certificate = try await authority.issue()
    var relay = try await RunningRelay.start(arguments: certificate.arguments)
    let alice = try await Person.atRelay(relay, "Alice", variables: authority.variables)
    let bob = try await Person.atRelay(relay, "Bob", variables: authority.variables)
    try await alice.meet(bob)
    try await relay.terminate()
    let foreign = try await authority.issue("other", for: "DNS:other.example")
    relay = try await relay.restarted(arguments: foreign.arguments)
    let kept = try await alice.run(["send", "Bob", "wait"])
    #expect(kept.exit == .code(9))
    #expect(kept.standardError.contains("kept"))
    let refused = try await alice.run(["receive"])
    #expect(refused.exit == .code(9))
    #expect(refused.standardError.contains("another host"))
    try await relay.terminate()
    relay = try await relay.restarted(arguments: certificate.arguments)
    try await alice.succeed(["receive"])
    #expect(try await bob.succeed(["receive"]).contains("wait"))
  }

  @Test func `through a proxy, a node's connections have user names of their own and begin apart`() async throws {
    let authority = try await TestAuthority()
    let relay = try await RunningRelay.start(arguments: try await authority.issue().arguments)
    let proxy = try SocksServer()
    let variables = authority.variables.merging(["SOTTO_SOCKS": proxy.address]) { $1 }
    let url = "wss://localhost:\(relay.port)"
    let (alice, bob) = (try Person("Alice", variables: variables), try Person("Bob", variables: variables))
    for person in [alice, bob] { try await person.succeed(["init", "--relay", url, "--name", person.name]) }
    try await alice.meet(bob)
    let before = proxy.requests.count
    try await alice.succeed(["send", "Bob", "by way of the proxy"])
    let sending = proxy.requests[before...].map { $0 }
    #expect(sending.count == 2, "the owner's connection, and the anonymous one")
    if let first = sending.first, let last = sending.last {
      #expect(last.time - first.time >= .seconds(4.9))
    }
    #expect(try await bob.succeed(["receive"]).contains("by way of the proxy"))
    #expect(proxy.requests.allSatisfy { $0.host == "localhost" && $0.port == relay.port })
    #expect(Set(proxy.requests.map(\.userName)).count == proxy.requests.count)
  }

  @Test(arguments: [
    ("SOTTO_SOCKS", "9050"), ("SOTTO_TLS_CA_FILE", "/nowhere/authority.pem"), ("SOTTO_TLS_LOOPBACK", "yes"),
    ("SOTTO_TLS_PIN_SHA256", "0000"),
  ])
  func `a variable that means nothing is refused by its name`(name: String, value: String) async throws {
    let person = try Person("Dora", variables: [name: value])
    let refused = try await person.run(["init", "--relay", "ws://127.0.0.1:1"])
    #expect(refused.exit == .code(2))
    #expect(refused.standardError.contains(name))
  }

  @Test func `an onion address needs a proxy, and nothing is looked up`() async throws {
    let person = try Person("Emil")
    let refused = try await person.run(["init", "--relay", "ws://\(String(repeating: "a", count: 56)).onion:80"])
    #expect(refused.exit == .code(9))
    #expect(refused.standardError.contains("SOTTO_SOCKS"))
  }
}
