import ArgumentParser
import Foundation
import NodeServer

/// Where the daemon is.
struct DaemonOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The daemon's socket (otherwise SOTTO_SOCKET, $XDG_RUNTIME_DIR/sotto/sotto.sock, or run/sotto.sock in the home).",
      valueName: "path"))
  var socket: String?

  /// - Parameter home: of the vault, for when nothing else says where.
  func path(home: String) -> String { socket ?? Self.standardPath(home: home) }

  /// Where it is when no option says so.
  static func standardPath(home: String) -> String {
    let variables = NodeConfiguration.environment.filter { !$0.value.isEmpty }
    if let path = variables["SOTTO_SOCKET"] { return path }
    if let folder = variables["XDG_RUNTIME_DIR"], folder.hasPrefix("/") { return folder + "/sotto/sotto.sock" }
    return home + "/run/sotto.sock"
  }
}
