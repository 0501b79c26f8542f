import Foundation

/// A real `sotto-relay` process on loopback with a data folder of its own.
package final class RunningRelay: Sendable {
  /// The port that the relay listens on.
  package let port: Int
  package let dataFolder: String
  package let process: RunningProcess
  /// Keeps the folder as long as the relay, unless the caller gave one.
  private let folder: TemporaryFolder?

  /// `ws://127.0.0.1:PORT`, or `wss://` if it was given a certificate.
  package let url: String

  private init(url: String, port: Int, dataFolder: String, process: RunningProcess, folder: TemporaryFolder?) {
    self.url = url
    self.port = port
    self.dataFolder = dataFolder
    self.process = process
    self.folder = folder
  }

  /// Starts a relay and waits until it listens.
  ///
  /// - Parameters:
  ///   - dataFolder: where it keeps its data; without one it gets a temporary folder.
  ///   - port: 0 takes any free port.
  ///   - arguments: further ones; with a certificate among them the relay speaks TLS.
  ///   - program: another build of the relay, or nil for the one beside the test bundle.
  ///   - wrapper: a command in front, which must become the relay itself (`/usr/bin/env NAME=VALUE`).
  package static func start(
    dataFolder: String? = nil, port: Int = 0, program: String? = nil, arguments: [String] = [], wrapper: [String] = []
  ) async throws(ProcessFailure) -> RunningRelay {
    let folder = dataFolder == nil ? try TemporaryFolder() : nil
    return try await start(
      dataFolder ?? folder?.path(of: "relay") ?? "", folder: folder, port: port, program: program,
      arguments: arguments, wrapper: wrapper)
  }

  private static func start(
    _ dataFolder: String, folder: TemporaryFolder?, port: Int, program: String?, arguments: [String], wrapper: [String]
  ) async throws(ProcessFailure) -> RunningRelay {
    let path: String
    if let program { path = program } else { path = try BuiltProgram.path("sotto-relay") }
    let command = wrapper + [path]
    let process = try RunningProcess(
      command[0],
      command.dropFirst() + ["serve", "--listen", "127.0.0.1:\(port)", "--data", dataFolder]
        // Tests and measurements put more than people do.
        + (arguments.contains("--rate-limits") ? [] : ["--rate-limits", "off"]) + arguments)
    let line = try await process.line()
    let ready = "sotto-relay listening on "
    guard ["ws", "wss"].contains(where: { line.hasPrefix("\(ready)\($0)://127.0.0.1:") }),
      let port = line.split(separator: ":").last.flatMap({ Int($0) })
    else { throw .unexpectedOutput(line) }
    return RunningRelay(
      url: String(line.dropFirst(ready.count)), port: port, dataFolder: dataFolder, process: process, folder: folder)
  }

  /// Ends it as a power cut would, as far as a process can (kill -9), and waits for its end.
  package func kill() async throws(ProcessFailure) {
    process.kill()
    _ = try await process.exit()
  }

  /// Asks it to end and waits for its end.
  @discardableResult
  package func terminate() async throws(ProcessFailure) -> ExitStatus {
    process.terminate()
    return try await process.exit()
  }

  /// Starts it again on the same data and the same port; it must have ended.
  package func restarted(
    arguments: [String] = [], wrapper: [String] = []
  ) async throws(ProcessFailure) -> RunningRelay {
    try await Self.start(
      dataFolder, folder: folder, port: port, program: nil, arguments: arguments, wrapper: wrapper)
  }
}
