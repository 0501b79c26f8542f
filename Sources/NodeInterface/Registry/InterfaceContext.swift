package import Ambient
package import Node
package import Vault

/// What the methods work with: one per daemon.
package final class InterfaceContext: Sendable {
  package let node: Node
  package let vault: Vault
  package let clock: any WallClock
  /// Name and version of the program.
  package let software: String
  package let startedAt: WallTime
  package let registry: MethodRegistry
  package let references: CallReferences
  package let events: EventHub
  package let tokens: AccessTokens
  let limits: CallLimits
  let webhooks: Webhooks
  /// Files that callers bring before they send them.
  let staged: StagedBlobs
  /// The paths that callers may name.
  let namedFiles: NamedFiles
  /// Where the vault and its key file are; nil: its protection cannot be changed from here.
  let home: NodeHome?
  /// Told the number of an unexpected error and the type of what was thrown: for a log, without any content.
  let report: @Sendable (_ errorID: String, _ what: String) -> Void
  let randomness: any PublicRandomness

  /// - Parameters:
  ///   - webhookTransport: what posts to the receivers of webhooks; nil: none is served.
  ///   - namedFiles: the paths that callers of the socket may name.
  ///   - home: where the vault and its key file are; nil: its protection cannot be changed.
  ///   - report: told the number of an unexpected error, and the type of what was thrown.
  package init(
    node: Node, vault: Vault, clock: any WallClock, randomness: any PublicRandomness, software: String,
    registry: MethodRegistry = .standard, rates: CallRates = CallRates(),
    steadyClock: any SteadyClock = SystemSteadyClock(), webhookTransport: (any WebhookTransport)? = nil,
    webhookTimes: WebhookTimes = WebhookTimes(), namedFiles: NamedFiles = .any, home: NodeHome? = nil,
    report: @escaping @Sendable (String, String) -> Void
  ) {
    self.node = node
    self.vault = vault
    self.clock = clock
    self.randomness = randomness
    self.software = software
    self.registry = registry
    self.report = report
    self.namedFiles = namedFiles
    self.home = home
    staged = StagedBlobs(clock: clock, randomness: randomness)
    startedAt = clock.now()
    references = CallReferences(vault: vault, clock: clock)
    events = EventHub(node: node, vault: vault, clock: clock)
    tokens = AccessTokens(vault: vault, clock: clock, randomness: node.secretRandomness)
    limits = CallLimits(rates, clock: steadyClock)
    webhooks = Webhooks(vault: vault, transport: webhookTransport, times: webhookTimes, eventBell: events.bell)
  }

  /// How often what is old is dropped.
  private static let cleaningInterval = Duration.seconds(600)

  /// Passes on what is new to those who read events, and drops what is old, for as long as the task lives.
  ///
  /// - Throws: what the vault throws, and `CancellationError`.
  package func run() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { [events] in try await events.forward() }
      group.addTask { [events] in try await events.forwardLive() }
      group.addTask { [self] in try await webhooks.run(self) }
      group.addTask { [self] in
        while true {
          try references.removeOld()
          try await events.removeOld()
          staged.removeOld()
          try await node.removeOldFiles()
          try await ContinuousClock().sleep(for: Self.cleaningInterval)
        }
      }
      try await group.next()
    }
  }
}
