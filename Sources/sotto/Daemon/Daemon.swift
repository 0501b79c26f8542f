import Ambient
import Foundation
import Logging
import Messaging
import Node
import NodeInterface
import NodeServer
import ServiceLifecycle
import Systemd
import UnixSignals
import Vault

/// One vault, its node, and what is offered to other programs, for as long as the process lives.
struct Daemon: Service {
  /// How the callers come.
  enum Door: Sendable {
    case socket(path: String)
    /// A socket that systemd listens on, and hands over.
    case inherited(descriptor: Int32)
    case standardStreams
  }

  let node: Node
  let vault: Vault
  let door: Door
  let settings: DaemonSettings
  let home: NodeHome
  /// Who started the process and waits to hear of it, if it is systemd.
  var notifier: SystemdNotifier?

  /// For what waits when the process is to end.
  private static let lastFlush = Duration.seconds(10)
  /// Before a node is begun again that has failed.
  private static let restartWait = Duration.seconds(5)

  /// Runs until SIGTERM or SIGINT, or until standard input ends; then sends what waits, as far as that is quick.
  ///
  /// - Throws: ``CommandFailure`` when it cannot listen, and what the vault throws.
  func run() async throws {
    let context = InterfaceContext(
      node: node, vault: vault, clock: SystemWallClock(), randomness: SystemPublicRandomness(),
      software: Sotto.version, rates: settings.rates, webhookTransport: WebhookClient(),
      webhookTimes: settings.webhookTimes, namedFiles: settings.namedFiles,
      home: home
    ) { id, what in Output.note("sotto: internal error \(id): \(what)") }
    let dispatcher = Dispatcher(context: context)
    do {
      try await cancelWhenGracefulShutdown {
        try await withThrowingTaskGroup(of: Void.self) { group in
          group.addTask { try await keepRunning() }
          group.addTask { try await context.run() }
          let listener = try await bindHTTP(dispatcher)
          if let listener { group.addTask { try await listener.serve() } }
          group.addTask { try await serve(dispatcher, alsoAt: listener?.url) }
          if let notifier { group.addTask { try await watch(notifier) } }
          try await group.next()
          group.cancelAll()
        }
      }
    } catch is CancellationError {
      // It was asked to end.
    }
    notifier?.tell(.stopping)
    try await finish()
  }

  /// Says that the node still answers, as often as it is waited for.
  private func watch(_ notifier: SystemdNotifier) async throws {
    guard let interval = notifier.watchdogInterval else { return try await Self.untilCancelled() }
    while true {
      _ = try await node.withMessenger { try $0.outboxCount() }
      notifier.tell(.watchdog)
      try await ContinuousClock().sleep(for: interval)
    }
  }

  private func bindHTTP(_ dispatcher: Dispatcher) async throws -> HTTPListener? {
    guard let http = settings.http else { return nil }
    do { return try await HTTPListener.bind(http, dispatcher: dispatcher) } catch {
      throw CommandFailure(
        .conflict, "\(http.url(port: http.port)) cannot be listened on.",
        next: "Is another program there? Choose another port with --http, or 0 for any that is free.")
    }
  }

  private func serve(_ dispatcher: Dispatcher, alsoAt url: String?) async throws {
    switch door {
    case .standardStreams: try await StandardStreams(dispatcher: dispatcher).serve(input: dup(0), output: dup(1))
    case .inherited(let descriptor):
      try await serve(dispatcher, at: .descriptor(descriptor), name: "systemd's socket", alsoAt: url)
    case .socket(let path):
      do { try await serve(dispatcher, at: .path(path), name: ShownText.path(path), alsoAt: url) } catch let error
        as SocketFileError
      {
        throw CommandFailure(error, path: path)
      }
    }
  }

  private func serve(
    _ dispatcher: Dispatcher, at place: SocketServer.Place, name: String, alsoAt url: String?
  ) async throws {
    let server = SocketServer(dispatcher: dispatcher) { user in
      Output.note("sotto: user \(user.map(String.init) ?? "unknown") was not let in.")
    }
    try await server.serve(at: place) {
      // Whoever started it waits for this line.
      let line = "sotto daemon listening on \(name)" + (url.map { " and \($0)" } ?? "")
      try? Output.line(line)  // If nobody reads it, nobody waits for it.
      notifier?.tell(.ready)
    }
  }

  /// Keeps the node at work; whatever ends it but a vault that is a copy, it is begun again.
  private func keepRunning() async throws {
    while true {
      do { try await node.run(jitter: SystemPublicRandomness()) } catch let error as CancellationError {
        throw error
      } catch NodeError.vaultCopied {
        Output.note("sotto: \(CommandFailure.vaultCopied.what) \(CommandFailure.vaultCopied.next)")
        // What is here can still be read, and the vault be taken over.
        while try await node.wait(atMost: .seconds(3_600), for: { try $0.isCopied() ? nil : true }) == nil {}
      } catch let error as VaultError where error != .storageFull {
        throw error
      } catch {
        let failure = CommandFailure(error)
        Output.note("sotto: \(failure?.what ?? "The node stopped (\(type(of: error)))."); trying again.")
        try await ContinuousClock().sleep(for: Self.restartWait)
      }
    }
  }

  private static func untilCancelled() async throws {
    while true { try await ContinuousClock().sleep(for: .seconds(3_600)) }
  }

  private func finish() async throws {
    if try await node.withMessenger({ try $0.outboxCount() }) > 0, try await !node.withMessenger({ try $0.isCopied() })
    {
      _ = try await node.deliverOutbox(timeLimit: Self.lastFlush) { try $0.isOutboxEmpty() }
    }
    await node.close()
    try vault.close()
  }

  /// Runs it with the signals of a service.
  static func run(_ daemon: Daemon) async throws {
    Interruption.leaveToService()
    // A caller that has gone is found out by writing to it, not by dying of it.
    signal(SIGPIPE, SIG_IGN)
    let group = ServiceGroup(
      configuration: ServiceGroupConfiguration(
        services: [
          .init(
            service: daemon, successTerminationBehavior: .gracefullyShutdownGroup,
            failureTerminationBehavior: .cancelGroup)
        ],
        gracefulShutdownSignals: [.sigterm, .sigint],
        // Its lines would not be ours.
        logger: Logger(label: "services") { _ in SwiftLogNoOpLogHandler() }))
    try await group.run()
  }
}

extension CommandFailure {
  init(_ error: SocketFileError, path: String) {
    switch error {
    case .notASocket:
      self.init(
        .conflict, "\(ShownText.path(path)) is something else than a socket.", next: "Choose another with --socket.")
    case .inUse:
      self.init(
        .conflict, "A daemon answers at \(ShownText.path(path)) already.",
        next: "Use it, or choose another socket with --socket and another home.")
    case .pathTooLong:
      self.init(
        .usage, "The path of a socket may have 103 bytes.", next: "Choose a shorter one with --socket or SOTTO_SOCKET.")
    case .openFolder(let folder):
      self.init(
        .failed, "Others can reach the folder \(ShownText.path(folder)), or it is not yours.",
        next: "Run 'chmod 700' on it, or choose another with --socket.")
    case .fileSystem(let code):
      self.init(
        .failed, "The socket \(ShownText.path(path)) cannot be made (errno \(code)).",
        next: "Choose a folder that is yours with --socket.")
    }
  }
}
