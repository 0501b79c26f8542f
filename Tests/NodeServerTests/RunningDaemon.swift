import Foundation
import NodeInterface
import NodeServer
import ProcessSupport

/// Somebody with a real `sotto daemon` in a home of their own.
final class RunningDaemon: Sendable {
  let folder: TemporaryFolder
  let socket: String
  let process: RunningProcess

  private init(folder: TemporaryFolder, socket: String, process: RunningProcess) {
    self.folder = folder
    self.socket = socket
    self.process = process
  }

  static func environment(_ folder: TemporaryFolder) -> [String: String] {
    [
      "SOTTO_HOME": folder.path(of: "home"), "XDG_CONFIG_HOME": folder.path(of: "configuration"),
      "SOTTO_RECEIPTS": "instant", "SOTTO_SOCKET": folder.path(of: "run/sotto.sock"),
    ]
  }

  /// A new account at `relay`, and its daemon.
  static func atRelay(_ relay: RunningRelay, _ name: String) async throws -> RunningDaemon {
    let folder = try TemporaryFolder()
    _ = try await RunningProcess.run(
      "sotto", ["init", "--relay", relay.url, "--name", name], environment: environment(folder))
    return try await start(folder)
  }

  private static func start(_ folder: TemporaryFolder) async throws -> RunningDaemon {
    let process = try RunningProcess("sotto", ["daemon"], environment: environment(folder))
    _ = try await process.line()
    return RunningDaemon(folder: folder, socket: folder.path(of: "run/sotto.sock"), process: process)
  }

  /// Ends it as a power cut would.
  func kill() async throws {
    process.kill()
    _ = try await process.exit()
  }

  /// A new daemon in the same home; this one must have ended.
  func restarted() async throws -> RunningDaemon { try await Self.start(folder) }

  /// Runs a command line beside it.
  func sotto(_ arguments: [String]) async throws -> FinishedProcess {
    try await RunningProcess.run("sotto", arguments, environment: Self.environment(folder))
  }

  /// Makes one call on a connection of its own.
  @discardableResult
  func call(_ method: String, _ parameters: [String: JSONValue] = [:]) async throws -> JSONValue {
    try await DaemonClient.connect(path: socket).call(method, parameters)
  }

  /// The kind of error with which a call is refused; nil when it is not.
  func refusal(_ method: String, _ parameters: [String: JSONValue] = [:]) async throws -> JSONValue? {
    do {
      try await call(method, parameters)
      return nil
    } catch DaemonClientError.refused(let error) { return error }
  }

  /// Becomes a contact of `other`.
  ///
  /// - Returns: the conversation of each with the other.
  func meet(_ other: RunningDaemon) async throws -> (mine: JSONValue, theirs: JSONValue) {
    let link = try await other.call("invite.create", ["kind": "single"])["link"] ?? .null
    try await other.call("events.poll", ["consumer": "meeting", "from": "now"])
    let mine = try await call("invite.accept", ["link": link, "nickname": "other"])["chat"] ?? .null
    try await other.call(
      "events.poll", ["consumer": "meeting", "types": ["contact.added"], "timeoutMs": 20_000])
    let contact = try await other.call("contact.list")["contacts"]?.array?.first?["contact"] ?? .null
    let theirs = try await other.call("chat.open", ["contact": contact])["chat"] ?? .null
    try await other.call("events.consumers.delete", ["consumer": "meeting"])
    return (mine, theirs)
  }
}

extension JSONValue {
  /// The kind of an error.
  var kind: String? { self["data"]?["kind"]?.string }
}
