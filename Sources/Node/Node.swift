package import Messaging
import Primitives
import RelayClient
import RelayWire
package import Vault

/// The shell around the core: it holds the connections, performs the core's work, and feeds the results back.
///
/// One actor owns the core, so that its inputs come one at a time. Whenever it waits for a relay, the vault already holds
/// everything: the process may be killed at any `await`.
package actor Node {
  /// The core. Synchronous; never used across an `await` with something half done.
  let messenger: Messenger
  let limits: NodeLimits
  /// What is trusted, and the proxy to go through.
  let transport: RelayTransport
  /// For keys and ids of files.
  let randomness: any Randomness
  /// Where encrypted files wait.
  let files: FileFolder
  /// Told how far a file is on its way.
  let onProgress: @Sendable (TransferProgress) -> Void
  /// What happens at this moment, for whoever listens.
  package nonisolated let live: LiveNews
  /// The rows of the outbox whose files are on their way to a relay.
  var uploading: Set<Int64> = []
  /// Relays that could not be reached when the last file was brought to them.
  var stalledUploads: Set<String> = []
  /// The files that are being fetched; the bell rings when one is done.
  var downloading: Set<String> = []
  nonisolated let downloadBell = Doorbell()
  /// Rings when something may have changed in the vault.
  package nonisolated let doorbell = Doorbell()
  /// Rings when the sending loop of a running node has gone once through what is due, and when its relays are reached.
  nonisolated let passBell = Doorbell()
  /// Whether ``run(jitter:)`` is at work.
  var isRunning = false
  /// How often the sending loop has gone through what is due.
  var passes = 0
  /// The relays that kept the last pass from sending everything.
  var stalledHosts: Set<String> = []
  /// Whether everything was fetched that waited at the own relays when they were reached.
  var hasCaughtUp = false
  /// The own relays that could not be reached last time.
  var unreachableOwners: Set<String> = []
  /// Whether a task is at opening the mailboxes; the bell rings when it has ended.
  var isOpening = false
  nonisolated let openingBell = Doorbell()
  /// The mailboxes whose relays are being told something.
  var ownersAtWork: Set<Int64> = []
  /// When the last connection of each kind was begun, so that two circuits are not begun at once.
  var begun: [ConnectionKind: ContinuousClock.Instant] = [:]
  /// The owner's connection of each mailbox that is listened to for what is ephemeral.
  var heard: [Int64: ObjectIdentifier] = [:]
  /// The owner's connection of each mailbox, by row. One per relay is enough while a device has one mailbox a relay.
  var owners: [Int64: RelayConnection] = [:]
  /// The anonymous connections, by host. They share nothing with the owners' but the network address.
  var senders: [String: RelayConnection] = [:]

  /// Opens the account in an unlocked vault.
  ///
  /// - Parameters:
  ///   - fileFolder: where encrypted files wait to be sent, or come in; made when it is needed.
  ///   - onProgress: told how far a large file is on its way.
  /// - Throws: ``MessagingError/noAccount``.
  package init(
    vault: Vault, environment: MessagingEnvironment, network: RelayNetwork = .direct, fileFolder: String,
    onProgress: @escaping @Sendable (TransferProgress) -> Void = { _ in }
  ) throws {
    files = FileFolder(path: fileFolder)
    let live = LiveNews()
    self.live = live
    self.onProgress = { progress in
      onProgress(progress)
      live.tell(.transfer(progress))
    }
    randomness = environment.randomness
    messenger = try Messenger.open(vault, environment: environment)
    transport = network.transport
    limits = network.limits
  }

  /// Asks the core something that needs no network.
  package func withMessenger<Value: Sendable>(_ body: @Sendable (Messenger) throws -> Value) rethrows -> Value {
    try body(messenger)
  }

  /// Changes something in the core, and wakes what has to act on it.
  package func change<Value: Sendable>(_ body: @Sendable (Messenger) throws -> Value) rethrows -> Value {
    defer { doorbell.ring() }
    return try body(messenger)
  }

  /// Changes something on this actor, and wakes what has to act on it.
  package func perform<Value: Sendable>(_ body: @Sendable (isolated Node) throws -> Value) rethrows -> Value {
    defer { doorbell.ring() }
    return try body(self)
  }

  /// Ends all connections in order.
  package func close() async {
    for connection in owners.values { await connection.close() }
    for connection in senders.values { await connection.close() }
    owners = [:]
    senders = [:]
  }
}

/// How long the node waits.
package struct NodeLimits: Hashable, Sendable {
  /// For a connection, and for each answer.
  package let request: Duration
  /// For an envelope to come, in one long-poll of a receiving node.
  package let poll: Duration
  /// Between the beginnings of an owner's and an anonymous connection: only where the network address does not link them.
  package let circuitPause: Duration

  package init(
    request: Duration = .seconds(10), poll: Duration = .seconds(20), circuitPause: Duration = .zero
  ) {
    self.request = request
    self.poll = poll
    self.circuitPause = circuitPause
  }
}

/// The two kinds of connections of a node, which are to be linked by nothing but the network address.
enum ConnectionKind: Hashable, Sendable {
  /// It opened the mailboxes of the account.
  case owner
  /// It opened none.
  case anonymous

  var other: ConnectionKind { self == .owner ? .anonymous : .owner }
}
