import Foundation
import ProcessSupport

/// Somebody with the real `sotto` and a home of their own, into whose vault the test looks.
final class ObservedNode: Sendable {
  private let folder: TemporaryFolder
  private let variables: [String: String]

  /// A new account at `relay`.
  init(_ name: String, at relay: RunningRelay, variables: [String: String] = [:]) async throws {
    folder = try TemporaryFolder()
    self.variables = variables.merging([
      "SOTTO_HOME": folder.path(of: "home"), "SOTTO_KEY_FILE": folder.path(of: "key"),
      "SOTTO_SOCKET": folder.path(of: "run/sotto.sock"), "SOTTO_RECEIPTS": "instant",
    ]) { $1 }
    try await succeed(["init", "--relay", relay.url, "--name", name])
  }

  /// Starts its daemon; commands from then on are the daemon's work.
  func startDaemon() async throws -> RunningProcess {
    let daemon = try RunningProcess("sotto", ["daemon"], environment: variables)
    _ = try await daemon.line()
    return daemon
  }

  /// Runs a command that must succeed, and returns what it printed.
  @discardableResult
  func succeed(_ arguments: [String]) async throws -> String {
    let finished = try await RunningProcess.run("sotto", arguments, environment: variables)
    guard finished.exit == .code(0) else {
      throw ProcessFailure.unexpectedOutput("\(arguments): \(finished.exit), \(finished.standardError)")
    }
    return finished.standardOutput.trimmingCharacters(in: .newlines)
  }

  /// Repeats a command until what it prints is as wanted.
  @discardableResult
  func wait(_ arguments: [String], until isWanted: (String) -> Bool) async throws -> String {
    let end = ContinuousClock.now + .seconds(30)
    while ContinuousClock.now < end {
      let output = try await succeed(arguments)
      if isWanted(output) { return output }
    }
    throw ProcessFailure.unexpectedOutput("\(arguments): not in 30 s")
  }

  /// The keys in its vault now.
  func secrets(stepsAhead: UInt32 = 4) throws -> KnownSecrets {
    try KnownSecrets(
      home: folder.path(of: "home"), keyFile: folder.path(of: "key"), stepsAhead: stepsAhead)
  }
}
