import Foundation
import NodeInterface
import NodeServer
import ProcessSupport

/// Somebody with a real `sotto daemon` in a home of their own.
final class RunningDaemon: Sendable {
  let folder: TemporaryFolder
  let socket: String
  let process: RunningProcess
  /// Where it answers HTTP; 0: nowhere.
  let port: Int
  private let options: [String]

  private init(folder: TemporaryFolder, process: RunningProcess, port: Int, options: [String]) {
    self.folder = folder
    socket = folder.path(of: "run/sotto.sock")
    self.process = process
    self.port = port
    self.options = options
  }

  static func environment(_ folder: TemporaryFolder) -> [String: String] {
    [
      "SOTTO_HOME": folder.path(of: "home"), "XDG_CONFIG_HOME": folder.path(of: "configuration"),
      "SOTTO_RECEIPTS": "instant", "SOTTO_SOCKET": folder.path(of: "run/sotto.sock"),
    ]
  }

  /// A new account at `relay`, and its daemon.
  ///
  /// - Parameter options: of `sotto daemon`.
  static func atRelay(_ relay: RunningRelay, _ name: String, _ options: [String] = []) async throws -> RunningDaemon {
    try await at(relay.url, name, options)
  }

  /// As ``atRelay(_:_:_:)``, for a relay that is reached by another way.
  static func at(_ url: String, _ name: String, _ options: [String] = []) async throws -> RunningDaemon {
    let folder = try TemporaryFolder()
    _ = try await RunningProcess.run(
      "sotto", ["init", "--relay", url, "--name", name], environment: environment(folder))
    return try await start(folder, options)
  }

  private static func start(_ folder: TemporaryFolder, _ options: [String]) async throws -> RunningDaemon {
    let process = try RunningProcess("sotto", ["daemon"] + options, environment: environment(folder))
    let ready = try await process.line()
    let port = ready.split(separator: ":").last.flatMap { Int($0) } ?? 0
    return RunningDaemon(folder: folder, process: process, port: port, options: options)
  }

  /// Ends it as a power cut would.
  func kill() async throws {
    process.kill()
    _ = try await process.exit()
  }

  /// A new daemon in the same home; this one must have ended.
  func restarted() async throws -> RunningDaemon { try await Self.start(folder, options) }

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
