import Foundation
import NodeInterface
import ProcessSupport
import Testing

/// Docs/Examples/webhook-receiver.py, against a real daemon.
@Suite struct `The webhook example` {
  private static let script =
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path + "/Docs/Examples/webhook-receiver.py"
  private static let secret = "a secret of the test"

  /// A receiver that answers, and its port.
  private func start(_ folder: TemporaryFolder, port: Int = 0) async throws -> (process: RunningProcess, port: Int) {
    let process = try RunningProcess(
      "/usr/bin/python3", ["-u", Self.script, String(port), folder.path(of: "deliveries.txt")],
      environment: ["SECRET": Self.secret])
    let port = try await process.line().split(separator: " ").last.flatMap { Int($0) } ?? 0
    return (process, port)
  }

  @Test(.timeLimit(.minutes(1)))
  func `everything comes after the receiver was down, once and in order, and what is not signed is refused`()
    async throws
  {
    let relay = try await RunningRelay.start()
    let alice = try await RunningDaemon.atRelay(
      relay, "Alice", ["--webhook-wait", "0.05", "--webhook-longest-wait", "0.2", "--webhook-timeout", "1"])
    let bob = try await RunningDaemon.atRelay(relay, "Bob")
    let (chat, _) = try await bob.meet(alice)
    let folder = try TemporaryFolder()
    let (first, port) = try await start(folder)
    try await alice.call(
      "webhook.set",
      [
        "webhook": "desk", "url": .string("http://127.0.0.1:\(port)/"), "secret": .string(Self.secret),
        "types": ["message.received"],
      ])
    func send(_ text: String) async throws {
      try await bob.call("message.send", ["chat": chat, "content": ["text": .string(text)], "wait": "delivered"])
    }
    try await send("before")
    #expect(try await first.line(1).hasSuffix(" before"))
    first.kill()
    _ = try await first.exit()
    for number in 1...5 { try await send("while down \(number)") }
    try await eventually {
      let webhook = try await alice.call("webhook.get", ["webhook": "desk"])["webhooks"]?.array?.first
      return webhook?["failures"]?.integer ?? 0 > 0
    }
    let (second, _) = try await start(folder, port: port)
    try await send("after")
    _ = try await second.line(6, within: .seconds(30))
    let lines = second.standardOutput.split(separator: "\n").dropFirst().map { $0.split(separator: " ", maxSplits: 1) }
    #expect(lines.map { String($0.last ?? "") } == (1...5).map { "while down \($0)" } + ["after"])
    #expect(Set(lines.map(\.first)).count == 6, "each delivery has a name of its own")
    for headers in [
      [], [("X-Sotto-Signature", "v1=00"), ("X-Sotto-Timestamp", "1"), ("X-Sotto-Delivery", "x")],
    ] as [[(String, String)]] {
      let forged = try await PlainHTTP.request(port: port, "POST", "/", headers, body: Data("{}".utf8))
      #expect(forged.status == 401)
    }
    second.kill()
  }
}
