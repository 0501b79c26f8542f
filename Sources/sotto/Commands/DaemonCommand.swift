import ArgumentParser
import Foundation
import NodeSettings
import Node
import Systemd

/// `sotto daemon`: the node as a service.
struct DaemonCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "daemon",
    abstract: "Stay connected, and let other programs use this node over a socket.",
    discussion: """
      Owns the vault, receives and sends, and answers JSON-RPC 2.0 on a Unix socket, one JSON value a line. Prints one line \
      when it is ready:

        sotto daemon listening on /run/user/1000/sotto/sotto.sock

      Only this user and root are let in. With --http programs that have a token are answered there too \
      (Docs/LocalTransports.md); the line then ends with "and http://127.0.0.1:PORT". Try it with 'sotto rpc system.info'; all methods and events are in \
      Docs/NodeInterface.md.

      It ends in order on SIGTERM or Ctrl-C: it takes nothing more, and sends what waits, for 10 s at most.
      """)

  @OptionGroup var options: DaemonOptions
  @OptionGroup var home: HomeOptions

  func run() async throws {
    let settings = try options.settings()
    let opened = try home.openNodeAndVault()
    let environment = ProcessInfo.processInfo.environment
    let door: Daemon.Door
    if environment["LISTEN_FDS"] != nil {
      do throws(InheritedSocketError) {
        door = .inherited(descriptor: try InheritedSocket.descriptor(environment))
      } catch {
        throw CommandFailure(
          .usage, "LISTEN_FDS says that a socket is handed over, and there is not exactly one that listens.",
          next: "Give the unit one ListenStream=, or start the daemon without a socket unit.")
      }
    } else {
      door = .socket(path: try home.socketPath())
    }
    try await Daemon.run(
      Daemon(
        node: opened.node, vault: opened.vault, door: door, settings: settings, home: try home.nodeHome(),
        notifier: SystemdNotifier(environment: environment)))
  }
}

/// `sotto stdio`: the same for one program that starts it.
struct Stdio: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Be the node of the program that starts this: JSON-RPC 2.0 on standard input and output.",
    discussion: "As 'sotto daemon', for a single caller. It ends when standard input ends.")

  @OptionGroup var home: HomeOptions

  func run() async throws {
    let opened = try home.openNodeAndVault()
    // Nobody else is to be let in: this caller's is the only door.
    let settings = try DaemonSettings([.httpListen: ""], environment: try NodeConfiguration.environment())
    try await Daemon.run(
      Daemon(
        node: opened.node, vault: opened.vault, door: .standardStreams, settings: settings, home: try home.nodeHome()))
  }
}
