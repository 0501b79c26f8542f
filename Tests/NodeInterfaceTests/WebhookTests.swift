import Ambient
import NodeInterface
import ProcessSupport
import Synchronization
import TestSupport
import Testing
import Vault

@Suite struct `Waiting for a receiver` {
  /// Always the middle, so that waits are half of the longest.
  private struct Middle: PublicRandomness {
    func bytes(_ count: Int) -> [UInt8] { [0x80] + [UInt8](repeating: 0, count: count - 1) }
  }

  private let times = WebhookTimes()

  @Test func `waits double from 5 seconds to an hour, somewhere between nothing and all of it`() {
    var retry = WebhookRetry()
    let now = WallTime(seconds: 1_000_000)
    var waits: [Int64] = []
    for _ in 0..<14 {
      #expect(retry.failed(eventAt: now, now: now, times, randomness: Middle()) == .again)
      waits.append(retry.nextAttemptAt - now.milliseconds)
    }
    #expect(waits.prefix(4) == [2_500, 5_000, 10_000, 20_000])
    #expect(waits.suffix(3) == [1_800_000, 1_800_000, 1_800_000])
    #expect(retry.wait(now: now, times) == .milliseconds(1_800_000))
    #expect(
      retry.wait(now: WallTime(seconds: 0), times) == .seconds(3_600), "a clock that was set back holds nobody up")
    #expect(retry.wait(now: now.advanced(by: .seconds(1_800)), times) == .zero)
  }

  @Test func `an event is given up after the limit, counted from when both it and the outage were there`() {
    let start = WallTime(seconds: 1_000_000)
    func after(_ days: Int64) -> WallTime { start.advanced(by: .seconds(days * 86_400)) }
    var retry = WebhookRetry()
    #expect(retry.failed(eventAt: after(-20), now: start, times, randomness: Middle()) == .again)
    #expect(retry.failed(eventAt: start, now: after(6), times, randomness: Middle()) == .again)
    #expect(retry.failed(eventAt: after(-20), now: after(7), times, randomness: Middle()) == .giveUp)
    #expect(retry.wait(now: after(7), times) == .zero, "the next one is tried at once")
    #expect(retry.failed(eventAt: after(1), now: after(7), times, randomness: Middle()) == .again)
    retry.taken()
    #expect(retry == WebhookRetry())
  }
}

@Suite struct `Addresses of receivers` {
  @Test(
    arguments: [
      ([127, 0, 0, 1], ReceiverAddress.loopback), ([127, 9, 9, 9], .loopback), ([10, 0, 0, 1], .ordinary),
      ([93, 184, 216, 34], .ordinary), ([169, 254, 169, 254], .refused), ([169, 254, 0, 1], .refused),
      ([0, 0, 0, 0], .refused), ([224, 0, 0, 1], .refused), ([255, 255, 255, 255], .refused),
      ([100, 100, 100, 200], .refused), ([192, 0, 0, 192], .refused), ([], .refused), ([1, 2, 3], .refused),
    ] as [([UInt8], ReceiverAddress)])
  func `IPv4`(bytes: [UInt8], kind: ReceiverAddress) { #expect(ReceiverAddress(bytes) == kind) }

  private static func six(_ groups: UInt16...) -> [UInt8] { groups.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] } }

  @Test(arguments: [
    (six(0, 0, 0, 0, 0, 0, 0, 1), ReceiverAddress.loopback), (six(0, 0, 0, 0, 0, 0, 0, 0), .refused),
    (six(0xfe80, 0, 0, 0, 0, 0, 0, 1), .refused), (six(0xfebf, 0, 0, 0, 0, 0, 0, 1), .refused),
    (six(0xff02, 0, 0, 0, 0, 0, 0, 1), .refused), (six(0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x0254), .refused),
    (six(0, 0, 0, 0, 0, 0xffff, 0xa9fe, 0xa9fe), .refused), (six(0, 0, 0, 0, 0, 0xffff, 0x7f00, 1), .loopback),
    (six(0x64, 0xff9b, 0, 0, 0, 0, 0xa9fe, 0xa9fe), .refused), (six(0x2002, 0xa9fe, 0xa9fe, 0, 0, 0, 0, 1), .refused),
    (six(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1), .ordinary), (six(0xfd12, 0, 0, 0, 0, 0, 0, 1), .ordinary),
  ])
  func `IPv6, also as a dress of IPv4`(bytes: [UInt8], kind: ReceiverAddress) {
    #expect(ReceiverAddress(bytes) == kind)
  }
}

@Suite struct `Webhooks` {
  /// Takes what is posted, and answers as it is told.
  private final class Receiver: WebhookTransport {
    private struct State {
      var outcomes: [WebhookOutcome] = []
      var standing = WebhookOutcome.answered(200)
      var requests: [WebhookRequest] = []
      var waiting: (count: Int, continuation: CheckedContinuation<Void, Never>)?
    }

    private let state = Mutex(State())

    init(_ standing: WebhookOutcome = .answered(200)) { state.withLock { $0.standing = standing } }

    func answer(_ outcome: WebhookOutcome) { state.withLock { $0.standing = outcome } }

    func post(_ request: WebhookRequest) async -> WebhookOutcome {
      let (outcome, ready) = state.withLock { state in
        state.requests.append(request)
        let ready = state.waiting.flatMap { $0.count <= state.requests.count ? $0.continuation : nil }
        if ready != nil { state.waiting = nil }
        return (state.standing, ready)
      }
      ready?.resume()
      return outcome
    }

    /// What was posted, as soon as there is so much.
    func requests(_ count: Int) async -> [WebhookRequest] {
      await withCheckedContinuation { continuation in
        let isReady = state.withLock { state in
          if state.requests.count >= count { return true }
          state.waiting = (count, continuation)
          return false
        }
        if isReady { continuation.resume() }
      }
      return state.withLock { $0.requests }
    }
  }

  private func home(_ receiver: Receiver, limit: Duration = .seconds(3_600)) async throws -> InterfaceHome {
    try await InterfaceHome(
      webhookTransport: receiver,
      webhookTimes: WebhookTimes(
        firstWait: .milliseconds(1), longestWait: .milliseconds(2), limit: limit, request: .seconds(1)))
  }

  private func serving<Result: Sendable>(
    _ home: InterfaceHome, _ body: @Sendable () async throws -> Result
  ) async throws -> Result {
    let context = home.dispatcher.context
    let running = Task { try await context.run() }
    defer { running.cancel() }
    return try await body()
  }

  private func seqs(_ requests: [WebhookRequest]) throws -> [String] {
    try requests.map { try JSONText.parse($0.body)["seq"]?.string ?? "" }
  }

  /// Asks until it is so: what a pump does is seen in the vault some time after its request.
  private func until(_ home: InterfaceHome, _ isSo: (JSONValue) -> Bool) async throws -> JSONValue {
    var webhook = JSONValue.null
    try await eventually {
      webhook = try await home.call("webhook.get", ["webhook": "w"])["result"]?["webhooks"]?.array?.first ?? .null
      return isSo(webhook)
    }
    return webhook
  }

  private func told(_ home: InterfaceHome) throws -> Int64? {
    try home.vault.read { try $0.eventConsumer(owner: "local", name: "webhook:w")?.acknowledged }
  }

  @Test(.timeLimit(.minutes(5)))
  func `events are posted signed, in order, one after the other`() async throws {
    let receiver = Receiver()
    let home = try await home(receiver)
    let set = try await home.call("webhook.set", ["webhook": "w", "url": "http://127.0.0.1:1/x", "from": "now"])[
      "result"]
    let secret = try #require(set?["secret"]?.string)
    try home.happen(5)
    let requests = try await serving(home) { await receiver.requests(5) }
    #expect(try seqs(requests) == ["1", "2", "3", "4", "5"])
    let first = try #require(requests.first)
    let headers = Dictionary(uniqueKeysWithValues: first.headers.map { ($0.name, $0.value) })
    #expect(headers["X-Sotto-Event"] == "contact.added" && headers["X-Sotto-Delivery"] == "wh_1-ev_1")
    let time = try #require(headers["X-Sotto-Timestamp"])
    #expect(headers["X-Sotto-Signature"] == "v1=" + hmac(Array(time.utf8) + Array(".".utf8) + first.body, secret))
    #expect(try await home.call("webhook.get", [:])["result"]?["webhooks"]?.array?.first?["secret"] == nil)
  }

  @Test(.timeLimit(.minutes(5)))
  func `an event that is not taken comes again before those after it, under the same name`() async throws {
    let receiver = Receiver(.answered(500))
    let home = try await home(receiver)
    _ = try await home.call("webhook.set", ["webhook": "w", "url": "http://127.0.0.1:1/x"])
    try home.happen(2)
    try await serving(home) {
      home.clock.advance(by: .seconds(1))
      _ = await receiver.requests(1)
      let failing = try await until(home) { $0["failures"] != 0 }
      #expect(failing["lastFailure"] == "status_500")
      receiver.answer(.answered(204))
      home.clock.advance(by: .seconds(1))
      _ = try await until(home) { $0["failures"] == 0 }
      try await eventually { try told(home) == 2 }
      let requests = await receiver.requests(3)
      let order = try seqs(requests)
      #expect(order.last == "2" && order.dropLast().allSatisfy { $0 == "1" })
      let names = Set(requests.dropLast().map { $0.headers.first { $0.name == "X-Sotto-Delivery" }?.value })
      #expect(names == ["wh_1-ev_1"])
    }
  }

  @Test(.timeLimit(.minutes(5)))
  func `410 ends it, and setting it again goes on where it was`() async throws {
    let receiver = Receiver(.answered(410))
    let home = try await home(receiver)
    _ = try await home.call("webhook.set", ["webhook": "w", "url": "http://127.0.0.1:1/x"])
    try home.happen(1)
    try await serving(home) {
      let over = try await until(home) { $0["disabled"] != nil }
      #expect(over["disabled"] == "gone")
      receiver.answer(.answered(200))
      _ = try await home.call("webhook.set", ["webhook": "w", "url": "http://127.0.0.1:1/y"])
      let requests = await receiver.requests(2)
      #expect(try seqs(requests) == ["1", "1"] && requests.last?.url == "http://127.0.0.1:1/y")
    }
  }

  @Test(.timeLimit(.minutes(5)))
  func `what is not taken for too long becomes a dead letter, which can be tried again`() async throws {
    let receiver = Receiver(.failed(.unreachable))
    let home = try await home(receiver, limit: .zero)
    _ = try await home.call("webhook.set", ["webhook": "w", "url": "http://127.0.0.1:1/x"])
    try home.happen(3)
    try await serving(home) {
      _ = try await until(home) { $0["deadLetters"] == 3 }
      let listed = try await home.call("webhook.deadLetters", ["webhook": "w", "limit": 2])["result"]
      #expect(listed?["more"] == true && listed?["deadLetters"]?.array?.map { $0["seq"] } == ["1", "2"])
      #expect(listed?["deadLetters"]?.array?.first?["reason"] == "unreachable")
      #expect(listed?["deadLetters"]?.array?.first?["event"]?["type"] == "contact.added")
      _ = try await home.call("events.poll", ["consumer": "other", "from": "now"])
      try await home.dispatcher.context.events.removeOld()
      #expect(try home.vault.read { try $0.oldestEventSeq() } == 1, "a dead letter's event stays")
      receiver.answer(.answered(200))
      #expect(try await home.call("webhook.redeliver", ["webhook": "w"])["result"]?["queued"] == 3)
      _ = try await until(home) { $0["deadLetters"] == 0 }
      #expect(try seqs(await receiver.requests(6)).suffix(3) == ["1", "2", "3"])
      try await home.dispatcher.context.events.removeOld()
      #expect(try home.vault.read { try $0.eventCount() } == 0)
      let refused = try await home.call("webhook.redeliver", ["webhook": "w", "seq": "1"])
      #expect(refused["error"]?["code"] == 1_101)
    }
  }

  @Test(.timeLimit(.minutes(5)))
  func `with a token its webhooks end`() async throws {
    let receiver = Receiver()
    let home = try await home(receiver)
    let id = try #require(
      try await home.call("token.create", ["name": "b", "scopes": ["admin", "events"]])["result"]?["id"]?.string)
    let bearer = Caller(id: id, scopes: [.admin, .events], mayNameFiles: false)
    _ = try await home.call("webhook.set", ["webhook": "w", "url": "http://127.0.0.1:1/bearer"], from: bearer)
    _ = try await home.call("webhook.set", ["webhook": "w", "url": "http://127.0.0.1:1/own"])
    _ = try await home.call("token.revoke", ["id": .string(id)])
    try home.happen(2)
    try await serving(home) {
      #expect(await receiver.requests(2).allSatisfy { $0.url.hasSuffix("own") })
      let owners = try home.vault.read { try $0.webhooks().map { $0.owner } }
      #expect(owners == ["local"])
    }
  }

  @Test func `what is no plain address of the web is refused`() async throws {
    let home = try await home(Receiver())
    for url in [
      "ftp://example.org/", "file:///etc/passwd", "https://", "https://user:pw@example.org/", "https://example.org/#x",
      "example.org", "https://exa mple.org/", "https://ex%61mple.org/", "https://exämple.org/",
    ] {
      let refused = try await home.call("webhook.set", ["webhook": "w", "url": .string(url)])
      #expect(refused["error"]?["data"]?["path"] == "url", "\(url)")
    }
  }
}
