import Ambient
import NodeInterface
import Synchronization
import TestSupport
import Testing
import Vault

@Suite struct `Tokens` {
  private func token(_ home: InterfaceHome, _ scopes: JSONValue, _ more: [String: JSONValue] = [:]) async throws
    -> (id: String, secret: String)
  {
    let parameters = more.merging(["name": "bot", "scopes": scopes]) { $1 }
    let made = try await home.call("token.create", .object(parameters))["result"]
    return (try #require(made?["id"]?.string), try #require(made?["secret"]?.string))
  }

  private func caller(_ home: InterfaceHome, _ secret: String) throws -> Caller? {
    try home.dispatcher.context.tokens.caller(secret: secret)
  }

  @Test func `a secret is shown once, and lets its bearer do what its scopes say`() async throws {
    let home = try await InterfaceHome()
    let made = try await token(home, ["read", "events"])
    let bearer = try #require(try caller(home, made.secret))
    #expect(bearer.id == made.id && bearer.scopes == [.read, .events] && !bearer.mayNameFiles)
    let listed = try await home.call("token.list", [:])
    #expect(listed["result"]?["tokens"]?.array?.first?["id"] == .string(made.id))
    #expect(!String(decoding: JSONText.bytes(listed), as: UTF8.self).contains(made.secret))
    let who = try await home.call("auth.whoami", [:], from: bearer)["result"]
    #expect(who?["caller"] == .string(made.id) && who?["token"]?["name"] == "bot")
    #expect(try await home.call("token.list", [:], from: bearer)["error"]?["code"] == 1_002)
  }

  @Test(arguments: ["tk_77", "tk_", "tk_x", "wh_1", "", "Local", "someone"])
  func `whoever is neither this machine's user nor the bearer of a token is nobody`(id: String) async throws {
    let tokens = try await InterfaceHome().dispatcher.context.tokens
    #expect(try !tokens.isValid(id))
    #expect(try tokens.isValid(Caller.local.id))
    await #expect(throws: InterfaceError.self) {
      try await tokens.whileValid(Caller(id: id, scopes: [], mayNameFiles: false)) {
        try await ContinuousClock().sleep(for: .seconds(30))
      }
    }
  }

  @Test func `nothing of a secret is in the vault's file`() async throws {
    let home = try await InterfaceHome()
    let made = try await token(home, ["read"])
    let digits = made.secret.dropFirst("sotto_".count)
    #expect(try !home.fileContains(String(digits)) && !home.fileContains(hex: String(digits)))
  }

  @Test func `what is not quite a secret is none`() async throws {
    let home = try await InterfaceHome()
    let made = try await token(home, ["read"])
    let wrong = String(made.secret.dropLast()) + (made.secret.hasSuffix("0") ? "1" : "0")
    for secret in ["", "sotto_", wrong, String(made.secret.dropLast()), made.secret + "0", made.id] {
      #expect(try caller(home, secret) == nil, "\(secret)")
    }
  }

  @Test func `an expired and a revoked token are worth nothing, and their readers are forgotten`() async throws {
    let home = try await InterfaceHome()
    let soon = JSONValue.integer(home.clock.now().milliseconds + 60_000)
    let expiring = try await token(home, ["read"], ["expiresAt": soon])
    let revoked = try await token(home, ["read", "events"])
    let bearer = try #require(try caller(home, revoked.secret))
    _ = try await home.call("events.poll", ["consumer": "r", "from": "now"], from: bearer)
    #expect(try caller(home, expiring.secret) != nil)
    home.clock.advance(by: .seconds(60))
    #expect(try caller(home, expiring.secret) == nil)
    #expect(try await home.call("token.revoke", ["id": .string(revoked.id)])["result"] == [:])
    #expect(try caller(home, revoked.secret) == nil)
    #expect(try home.vault.read { try $0.eventConsumers() }.isEmpty)
    #expect(try await home.call("token.revoke", ["id": .string(revoked.id)])["error"]?["code"] == 1_101)
    let next = try await token(home, ["read"])
    #expect(next.id != revoked.id && next.id != expiring.id, "an id is never given to another bearer")
    let past = JSONValue.integer(home.clock.now().milliseconds)
    let refused = try await home.call("token.create", ["name": "x", "scopes": ["read"], "expiresAt": past])
    #expect(refused["error"]?["code"] == -32_602)
  }

  @Test func `nobody makes a token that may do more than its maker`() async throws {
    let home = try await InterfaceHome()
    let made = try await token(home, ["admin", "read"])
    let bearer = try #require(try caller(home, made.secret))
    let refused = try await home.call("token.create", ["name": "x", "scopes": ["read", "send"]], from: bearer)
    #expect(refused["error"]?["code"] == 1_002 && refused["error"]?["data"]?["scope"] == "send")
    #expect(try await home.call("token.create", ["name": "x", "scopes": ["read"]], from: bearer)["result"] != nil)
    #expect(try await home.call("token.create", ["name": "x", "scopes": []])["error"]?["code"] == -32_602)
  }

  @Test func `revoking ends what the bearer is doing`() async throws {
    let home = try await InterfaceHome()
    let made = try await token(home, ["events"])
    let bearer = try #require(try caller(home, made.secret))
    let context = home.dispatcher.context
    async let waiting: Int = context.tokens.whileValid(bearer) {
      // Longer than any test runs: only its end lets the test go on.
      try await ContinuousClock().sleep(for: .seconds(3_600))
      return 1
    }
    _ = try await home.call("token.revoke", ["id": .string(made.id)])
    do {
      _ = try await waiting
      Issue.record("it was not ended")
    } catch let error as InterfaceError { #expect(error.kind == .unauthenticated) }
  }
}

@Suite struct `Rates of calls` {
  @Test func `a bucket lets a burst through, and then as many as fit in the time, exactly`() {
    var bucket = TokenBucket(.init(perSecond: 20, burst: 40), now: .seconds(100))
    for _ in 0..<40 { #expect(bucket.take(now: .seconds(100)) == nil) }
    #expect(bucket.take(now: .seconds(100)) == .milliseconds(50))
    #expect(bucket.take(now: .seconds(100) + .milliseconds(49)) == .milliseconds(1))
    #expect(bucket.take(now: .seconds(100) + .milliseconds(50)) == nil)
    #expect(!bucket.isFull(at: .seconds(101)) && bucket.isFull(at: .seconds(103)))
    for _ in 0..<40 { #expect(bucket.take(now: .seconds(500)) == nil) }
    #expect(bucket.take(now: .seconds(500)) != nil, "what nobody used is not kept beyond the burst")
  }

  @Test func `too many calls are refused with the time to wait, and each conversation counts its messages`()
    async throws
  {
    let steady = TurnedClock()
    let home = try await InterfaceHome(
      rates: CallRates(calls: .init(perSecond: 10, burst: 10), sends: .init(perSecond: 2, burst: 2)),
      steadyClock: steady)
    let bearer = Caller(id: "tk_7", scopes: Set(Scope.allCases), mayNameFiles: false)
    let chat = try await home.call("chat.open", ["contact": "self"])["result"]?["chat"] ?? .null
    let note: JSONValue = ["chat": chat, "content": ["text": "x"]]
    for _ in 0..<2 { #expect(try await home.call("message.send", note, from: bearer)["error"] == nil) }
    let refused = try await home.call("message.send", note, from: bearer)["error"]
    #expect(refused?["code"] == 1_401 && refused?["data"]?["retryAfterMs"] == 500)
    let elsewhere = try await home.call("message.send", ["chat": "ch_99", "content": ["text": "x"]], from: bearer)
    #expect(elsewhere["error"]?["code"] == 1_101, "another conversation has a bucket of its own")
    for _ in 0..<6 { #expect(try await home.call("auth.whoami", [:], from: bearer)["error"] == nil) }
    let error = try await home.call("no.such", [:], from: bearer)["error"]
    #expect(error?["code"] == 1_401 && error?["data"]?["retryAfterMs"] == 100)
    steady.advance(by: .milliseconds(100))
    #expect(try await home.call("auth.whoami", [:], from: bearer)["error"] == nil)
    for _ in 0..<30 {
      #expect(try await home.call("auth.whoami", [:])["error"] == nil, "the own socket is not held to it")
    }
  }
}

/// A steady clock that is turned by hand.
final class TurnedClock: SteadyClock {
  private let time = Mutex(Duration.seconds(1_000))

  func now() -> Duration { time.withLock { $0 } }
  func advance(by duration: Duration) { time.withLock { $0 += duration } }
}
