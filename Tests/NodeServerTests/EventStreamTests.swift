import Foundation
import NodeInterface
import NodeServer
import ProcessSupport
import Testing

@Suite struct `Streams of events over HTTP` {
  private struct Pair {
    let relay: RunningRelay
    let alice: RunningDaemon
    let bob: RunningDaemon
    /// Bob's chat with Alice, and hers with him.
    let chat: JSONValue
    let back: JSONValue
    let token: (id: JSONValue, secret: String)
  }

  private func pair(_ options: [String] = []) async throws -> Pair {
    let relay = try await RunningRelay.start()
    let alice = try await RunningDaemon.atRelay(relay, "Alice", ["--http", "127.0.0.1:0"] + options)
    let bob = try await RunningDaemon.atRelay(relay, "Bob")
    let (chat, back) = try await bob.meet(alice)
    return Pair(
      relay: relay, alice: alice, bob: bob, chat: chat, back: back, token: try await alice.token(["read", "events"]))
  }

  private func send(_ text: String, _ pair: Pair, expires: JSONValue? = nil) async throws {
    var parameters: [String: JSONValue] = [
      "chat": pair.chat, "content": ["text": .string(text)], "wait": "delivered", "waitMs": 20_000,
    ]
    parameters["expires"] = expires
    try await pair.bob.call("message.send", parameters)
  }

  private func ids(_ text: String) -> [Int64] {
    text.utf8.split(separator: UInt8(ascii: "\n")).compactMap { line in
      line.starts(with: "id: ".utf8) ? Int64(String(decoding: line.dropFirst(4), as: UTF8.self)) : nil
    }
  }

  private static let query = "consumer=s&types=message.received"

  @Test(.timeLimit(.minutes(2)))
  func `a stream begins at once, is resumed after the last id, and lives when nothing happens`() async throws {
    let pair = try await pair(["--http-heartbeat", "3"])
    let (alice, secret) = (pair.alice, pair.token.secret)
    let first = try alice.stream(Self.query + "&from=now", secret)
    let head = first.receive(until: "retry: 2000\n\n")
    #expect(head.hasPrefix("HTTP/1.1 200") && head.lowercased().contains("content-type: text/event-stream"))
    #expect(first.receive(until: ":\n\n").contains(":\n\n"), "a comment comes although nothing happens")
    for text in ["one", "two", "three"] { try await send(text, pair) }
    var told = first.receive(until: "three")
    #expect(told.contains("event: message.received") && told.contains("one") && ids(told).count == 3)
    let seen = ids(told)
    // Nothing was acknowledged so soon after it was written, and the reader says that it has done the first.
    let second = try alice.stream(Self.query, secret, lastEventID: String(seen[0]))
    told = second.receive(until: "three")
    #expect(ids(told) == [seen[1], seen[2]])
    #expect(!first.receive(until: "0\r\n\r\n").contains("id: "), "one reader of a name")
    first.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
    #expect(
      first.receive(until: "true}").hasPrefix("HTTP/1.1 200"), "a stream that is over leaves its connection to others")
    // After two more signs of life what was written counts as done, for a reader that says nothing.
    for _ in 0..<4 { _ = second.receive(until: ":\n\n") }
    try await send("four", pair)
    _ = second.receive(until: "four")
    let third = try alice.stream(Self.query, secret)
    told = third.receive(until: "four")
    #expect(ids(told).count == 1)
    for wrong in ["x", "-1", "99999999"] {
      let refused = try alice.stream(Self.query, secret, lastEventID: wrong)
      #expect(refused.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 400"), "\(wrong)")
    }
    for query in ["", "consumer=a:b", "consumer=s&nobody=1", "consumer=s&consumer=t", "consumer=s&ack=perhaps"] {
      let refused = try alice.stream(query, secret)
      #expect(refused.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 400"), "\(query)")
    }
  }

  @Test(.timeLimit(.minutes(2)))
  func `acknowledging by hand keeps everything until it is said`() async throws {
    let pair = try await pair()
    let (alice, secret) = (pair.alice, pair.token.secret)
    let query = Self.query + "&ack=manual"
    _ = try alice.stream(query + "&from=now", secret).receive(until: "retry: 2000\n\n")
    for text in ["one", "two"] { try await send(text, pair) }
    let told = ids(try alice.stream(query, secret).receive(until: "two"))
    #expect(told.count == 2)
    #expect(ids(try alice.stream(query, secret, lastEventID: String(told[1])).receive(until: "two")) == told)
    let acknowledged = try await alice.post(
      #"{"jsonrpc":"2.0","id":1,"method":"events.ack","params":{"consumer":"s","seq":"\#(told[0])"}}"#, secret)
    #expect(acknowledged.status == 200)
    #expect(ids(try alice.stream(query, secret).receive(until: "two")) == [told[1]])
  }

  @Test(.timeLimit(.minutes(2)))
  func `revoking the token ends the stream, and what has expired is gone from a resumed one`() async throws {
    let pair = try await pair()
    let (alice, secret) = (pair.alice, pair.token.secret)
    let stream = try alice.stream(Self.query + "&from=now&ack=manual", secret)
    _ = stream.receive(until: "retry: 2000\n\n")
    let canary = "canary-of-the-stream"
    try await send(canary, pair, expires: 5)
    #expect(stream.receive(until: canary).contains(canary))
    let message =
      try await alice.call("message.list", ["chat": pair.back])["messages"]?.array?.last?["message"] ?? .null
    try await alice.call("chat.markRead", ["chat": pair.back, "upTo": message])
    try await eventually {
      let told = try await alice.call(
        "events.poll", ["consumer": "x", "from": "0", "types": ["message.expired"], "timeoutMs": 20_000])
      return told["events"]?.array?.isEmpty == false
    }
    let again = try alice.stream(Self.query + "&ack=manual", secret)
    let told = again.receive(until: #""type":"message.received""#)
    #expect(told.contains(#""gone":"expired""#) && !told.contains(canary))
    try await alice.call("token.revoke", ["id": pair.token.id])
    #expect(again.isEnded() || again.receive(until: "never").contains("\r\n"))
    #expect(try alice.stream(Self.query, secret).receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 401"))
  }

  @Test(.timeLimit(.minutes(2)))
  func `a reader that is slow is waited for, and misses nothing`() async throws {
    let pair = try await pair()
    let (alice, secret) = (pair.alice, pair.token.secret)
    let stream = try alice.stream("consumer=s&from=now&types=message.received", secret)
    _ = stream.receive(until: "retry: 2000\n\n")
    let text = String(repeating: "a", count: 40_000)
    let count = 20
    try await DaemonClient.connect(path: pair.bob.socket).converse { daemon in
      for number in 0..<count {
        let content: JSONValue = ["text": .string(text + " \(number).")]
        let isLast = number == count - 1
        _ = try await daemon.call(
          "message.send",
          isLast
            ? ["chat": pair.chat, "content": content, "wait": "delivered", "waitMs": 60_000]
            : ["chat": pair.chat, "content": content])
      }
    }
    // All of it waits while nobody reads; meanwhile others are served.
    #expect(try await alice.post(#"{"jsonrpc":"2.0","id":1,"method":"auth.whoami"}"#, secret).status == 200)
    let told = stream.receive(until: " \(count - 1).")
    #expect(ids(told).count == count && ids(told) == ids(told).sorted())
  }
}
