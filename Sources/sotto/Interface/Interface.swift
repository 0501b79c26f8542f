import Ambient
import Node
import NodeInterface
import NodeServer
import Vault

/// The methods of the node: answered by the daemon that has the vault, or in this process when none runs.
///
/// Every command is calls of methods and a rendering of their results, so that it does the same in both cases.
struct Interface: Sendable {
  private enum Place: Sendable {
    case daemon(path: String)
    case process(Dispatcher)
  }

  private let place: Place

  /// A daemon that listens at `path`.
  init(daemonAt path: String) { place = .daemon(path: path) }

  /// A vault that this process has opened.
  init(node: Node, vault: Vault) {
    let context = InterfaceContext(
      node: node, vault: vault, clock: SystemWallClock(), randomness: SystemPublicRandomness(),
      software: Sotto.version
    ) { id, what in Output.note("sotto: internal error \(id): \(what)") }
    place = .process(Dispatcher(context: context))
  }

  /// Makes one call. A daemon is spoken to on a connection of its own.
  ///
  /// - Throws: ``DaemonClientError``.
  func call(_ method: String, _ parameters: [String: JSONValue] = [:]) async throws -> JSONValue {
    switch place {
    case .daemon(let path): return try await DaemonClient.connect(path: path).call(method, parameters)
    case .process(let dispatcher):
      do throws(InterfaceError) { return try await dispatcher.call(method, parameters) } catch {
        throw DaemonClientError.refused(error.json)
      }
    }
  }

  /// Shows how far files of a conversation are while `body` runs. Without a daemon this process says so by itself.
  func showingProgress<Result: Sendable>(
    in chat: JSONValue, _ body: @escaping @Sendable () async throws -> Result
  ) async throws -> Result {
    guard case .daemon(let path) = place else { return try await body() }
    return try await withThrowingTaskGroup(of: Result?.self) { group in
      group.addTask {
        await Progress.follow(daemonAt: path, chat: chat)
        return nil
      }
      group.addTask { try await body() }
      defer { group.cancelAll() }
      // Following may end first, and never brings the result.
      while let ended = try await group.next() {
        if let result = ended { return result }
      }
      throw CancellationError()
    }
  }

  /// Runs `body` while the node receives and sends: a daemon does so anyway.
  func whileRunning(_ body: @escaping @Sendable () async throws -> Void) async throws {
    guard case .process(let dispatcher) = place else { return try await body() }
    let context = dispatcher.context
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await context.node.run(jitter: SystemPublicRandomness()) }
      group.addTask { try await context.run() }
      group.addTask { try await body() }
      try await group.next()
      group.cancelAll()
    }
  }
}

extension HomeOptions {
  /// Lends the methods of the node in this home, and ends its connections.
  func withInterface<Result: Sendable>(_ body: (Interface) async throws -> Result) async throws -> Result {
    if let path = try await daemonInUse() { return try await body(Interface(daemonAt: path)) }
    let (node, vault) = try openNodeAndVault()
    do {
      let result = try await body(Interface(node: node, vault: vault))
      await node.close()
      return result
    } catch {
      await node.close()
      throw error
    }
  }

  /// Where the daemon listens that has the vault of this home; nil when none answers where it would be.
  ///
  /// Unless a socket is named, only the daemon of this very home counts: a command that names a home must not end up in
  /// another.
  func daemonInUse() async throws -> String? {
    let home = try nodeHome().directory
    let path = try socketPath()
    let info: JSONValue
    do { info = try await DaemonClient.connect(path: path).call("system.info") } catch DaemonClientError.unreachable {
      // Nobody there: the command has the vault to itself.
      guard socket == nil else { throw CommandFailure(.unreachable, path: path) }
      return nil
    }
    return socket != nil || info["home"]?.string == home ? path : nil
  }
}
