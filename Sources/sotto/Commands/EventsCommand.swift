import ArgumentParser
import Foundation
import Node
import NodeInterface
import NodeServer

/// `sotto events`: what happens, for scripts.
struct EventsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "events", abstract: "Follow what happens, from a running daemon.", subcommands: [EventsFollow.self])
}

/// `sotto events follow`.
struct EventsFollow: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "follow",
    abstract: "Print events as they happen, or run a command for each.",
    discussion: """
      Prints one JSON object a line. What was printed is acknowledged, and not printed again to the same consumer; what \
      happens while nobody follows is printed first the next time.

        sotto events follow --consumer desk
        sotto events follow --consumer bot --types message.received --exec ./answer.sh

      With --exec a shell gets each event on standard input, one after the other. It counts as done when the command ends \
      with 0; otherwise it comes again after a second.
      """)

  @Option(help: "Your name: letters, digits, '.', '_' and '-'.")
  var consumer: String

  @Option(help: "Only these, separated by commas, such as message.received or 'message.*'.")
  var types: String?

  @Option(help: "last_ack, now, or the seq after which to begin; 0 is the oldest.")
  var from: String?

  @Option(help: ArgumentHelp("A command for /bin/sh.", valueName: "command"))
  var exec: String?

  @Option(help: ArgumentHelp("End after that many events.", valueName: "number"))
  var count: Int?

  @OptionGroup var home: HomeOptions

  func run() async throws {
    // A command that does not read its standard input is no reason to end.
    signal(SIGPIPE, SIG_IGN)
    let path = try home.socketPath()
    do {
      try await DaemonClient.connect(path: path).converse { try await follow($0) }
    } catch let error as DaemonClientError { throw CommandFailure(error, path: path) }
  }

  private func follow(_ daemon: DaemonClient.Conversation) async throws {
    let types = types.map { JSONValue.strings($0.split(separator: ",").map(String.init)) }
    var parameters: [String: JSONValue] = ["consumer": .string(consumer), "maxInFlight": exec == nil ? 100 : 1]
    parameters["types"] = types
    parameters["from"] = from.map(JSONValue.string)
    _ = try await daemon.call("events.subscribe", parameters)
    var left = count ?? .max
    while left > 0 {
      let told = try await daemon.nextNotification()["params"]
      guard told?["consumer"] == .string(consumer), let event = told?["event"], let seq = event["seq"] else { continue }
      var answer: [String: JSONValue] = ["consumer": .string(consumer), "seq": seq]
      if try await take(event) {
        _ = try await daemon.call("events.ack", answer)
        left -= 1
      } else {
        answer["delayMs"] = 1_000
        _ = try await daemon.call("events.nack", answer)
      }
    }
  }

  /// - Returns: whether it is done.
  private func take(_ event: JSONValue) async throws -> Bool {
    let line = String(decoding: JSONText.bytes(event), as: UTF8.self)
    guard let exec else {
      try Output.line(line)
      return true
    }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", exec]
    let input = Pipe()
    process.standardInput = input
    process.environment = ProcessInfo.processInfo.environment.merging(
      ["SOTTO_EVENT_TYPE": event["type"]?.string ?? "", "SOTTO_EVENT_SEQ": event["seq"]?.string ?? ""]) { $1 }
    return try await withCheckedThrowingContinuation { continuation in
      process.terminationHandler = { continuation.resume(returning: $0.terminationStatus == 0) }
      do { try process.run() } catch { return continuation.resume(throwing: error) }
      // A command that does not read is not a failure: how it ends says whether it is one.
      try? input.fileHandleForWriting.write(contentsOf: Data((line + "\n").utf8))
      try? input.fileHandleForWriting.close()
    }
  }
}
