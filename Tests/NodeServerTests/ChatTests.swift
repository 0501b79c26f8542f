import Foundation
import NodeInterface
import ProcessSupport
import Testing

/// `sotto chat` in a real terminal.
@Suite struct `A conversation in a terminal` {
  /// A terminal of tmux that runs one command, until it is ended.
  private struct Terminal {
    private let folder: TemporaryFolder
    private var arguments: [String] { ["-S", folder.path(of: "t"), "-f", "/dev/null"] }

    init(_ command: [String], variables: [String: String]) async throws {
      folder = try TemporaryFolder()
      let words = ["/usr/bin/env"] + variables.map { "\($0.key)=\($0.value)" } + command
      let line = words.map { "'\($0)'" }.joined(separator: " ") + "; echo ended $?; sleep 60"
      try await run(["new-session", "-d", "-x", "60", "-y", "15", line])
    }

    @discardableResult
    private func run(_ command: [String]) async throws -> String {
      try await RunningProcess.run(
        "/usr/bin/tmux", arguments + command,
        environment: ["PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TERM": "xterm-256color"]
      ).standardOutput
    }

    func type(_ text: String) async throws {
      try await run(["send-keys", "-l", text])
      try await run(["send-keys", "Enter"])
    }

    func press(_ key: String) async throws { try await run(["send-keys", key]) }
    func resize(_ columns: Int, _ rows: Int) async throws {
      try await run(["resize-window", "-x", "\(columns)", "-y", "\(rows)"])
    }
    func end() async throws { try await run(["kill-server"]) }

    /// The screen, as soon as it is as wanted.
    @discardableResult
    func screen(where isWanted: (String) -> Bool) async throws -> String {
      var screen = ""
      try await eventually {
        screen = try await run(["capture-pane", "-p"])
        return isWanted(screen)
      }
      return screen
    }
  }

  @Test(.timeLimit(.minutes(5)))
  func `what is typed is sent, what comes is shown without control characters, and the screen comes back`() async throws
  {
    guard FileManager.default.isExecutableFile(atPath: "/usr/bin/tmux") else {
      Issue.record("SKIPPED: this needs tmux", severity: .warning)
      return
    }
    let relay = try await RunningRelay.start()
    let alice = try await RunningDaemon.atRelay(relay, "Alice")
    let bob = try await RunningDaemon.atRelay(relay, "Bob")
    let (chat, back) = try await bob.meet(alice)
    try await alice.call("bot.commands.set", ["items": [["name": "weather", "description": "Of a place"]]])
    let contact = try await bob.call("chat.get", ["chat": chat])["contact"] ?? .null
    try await eventually { try await bob.call("bot.commands.get", ["contact": contact])["items"] != [] }
    let terminal = try await Terminal(
      [try BuiltProgram.path("sotto"), "chat", "other"], variables: RunningDaemon.environment(bob.folder))
    try await terminal.screen { $0.contains("Enter send") }
    try await terminal.type("Grüezi 🌊")
    try await terminal.screen { $0.contains("  Grüezi 🌊") && $0.contains("✓") }
    try await alice.call("message.send", ["chat": back, "content": ["text": "red \u{1b}[31m\u{7}alert"]])
    try await terminal.screen { $0.contains("red [31malert") }
    try await terminal.press("/")
    try await terminal.screen { $0.contains("/weather Of a place") && $0.contains("other (bot)") }
    try await terminal.press("w")
    try await terminal.press("Tab")
    try await terminal.screen { $0.contains("> /weather") }
    try await terminal.press("Enter")
    try await terminal.screen { $0.contains("  /weather") && !$0.contains("> /weather") }
    try await terminal.press("C-r")
    try await terminal.screen { $0.contains("Answers you: /weather") }
    try await terminal.press("C-r")
    try await terminal.screen { $0.contains("Answers other: red") }
    try await terminal.type("calm down")
    try await terminal.screen { $0.contains("↳ other: red [31malert") && $0.contains("  calm down") }
    try await terminal.press("C-o")
    try await terminal.screen { $0.contains("> calm down") }
    try await terminal.type(", please")
    try await terminal.screen { $0.contains("  calm down, please") && $0.contains(" edited") }
    try await terminal.type("/timer 1h")
    try await terminal.screen { $0.contains("⏱ 1h after reading") && $0.contains("You set the timer") }
    try await terminal.resize(40, 10)
    // The drawing anew puts the bar with the timer into the first of ten rows.
    let narrow = try await terminal.screen { screen in
      screen.split(separator: "\n", omittingEmptySubsequences: false).first?.contains("⏱ 1h") == true
        && screen.contains("1h after reading.")
    }
    #expect(narrow.split(separator: "\n").allSatisfy { $0.count <= 40 })
    let messages = try await bob.call("message.list", ["chat": chat])["messages"]?.array ?? []
    #expect(messages.contains { $0["content"]?["text"] == "Grüezi 🌊" && $0["direction"] == "out" })
    try await terminal.press("C-c")
    let after = try await terminal.screen { $0.contains("ended 0") }
    #expect(!after.contains("Grüezi"), "the screen of before comes back")
    let consumers = try await bob.call("events.consumers.list")["consumers"]?.array ?? []
    #expect(!consumers.contains { $0["consumer"]?.string?.hasPrefix("chat-") == true })
    try await terminal.end()
    try await relay.terminate()
  }
}
