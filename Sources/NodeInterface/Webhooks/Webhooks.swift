import Ambient
import Node
import Synchronization
import Vault

/// The webhooks of all callers: each is served by one ``WebhookPump`` at a time.
final class Webhooks: Sendable {
  let transport: (any WebhookTransport)?
  let times: WebhookTimes
  private let vault: Vault
  /// Rings when a webhook was set or deleted, or a pump has ended.
  private let bell = Doorbell()
  private let eventBell: Doorbell
  private let running = Mutex<Set<Int64>>([])

  init(vault: Vault, transport: (any WebhookTransport)?, times: WebhookTimes, eventBell: Doorbell) {
    self.vault = vault
    self.transport = transport
    self.times = times
    self.eventBell = eventBell
  }

  /// To be called when a webhook, or what it may do, was changed.
  func changed() {
    bell.ring()
    eventBell.ring()
  }

  /// Serves all of them for as long as the task lives.
  ///
  /// - Throws: what the vault throws, and `CancellationError`.
  func run(_ context: InterfaceContext) async throws {
    let listener = bell.listen()
    try await withThrowingDiscardingTaskGroup { group in
      while true {
        if let transport {
          for webhook in try all() where webhook.settings.disabled == nil {
            guard try context.tokens.isValid(webhook.owner) else { continue }
            guard running.withLock({ $0.insert(webhook.id).inserted }) else { continue }
            group.addTask { [self] in
              defer {
                running.withLock { _ = $0.remove(webhook.id) }
                bell.ring()
              }
              try await WebhookPump(context: context, transport: transport, times: times, begun: webhook).run()
            }
          }
        }
        try await listener.wait()
      }
    }
  }

  func all() throws -> [Webhook] { try vault.read { try $0.webhooks() }.map(Webhook.init) }

  func webhook(owner: String, name: String) throws -> Webhook? {
    try vault.read { try $0.webhook(owner: owner, name: name) }.map(Webhook.init)
  }

  func webhook(id: Int64) throws -> Webhook? { try vault.read { try $0.webhook(id: id) }.map(Webhook.init) }

  /// Changes what is known of a webhook, unless its owner has changed it since.
  func update(_ webhook: Webhook, _ change: (inout WebhookSettings) -> Void) throws {
    try vault.write { transaction in
      guard let record = try transaction.webhook(id: webhook.id) else { return }
      var now = try WebhookSettings(record.body)
      guard now.revision == webhook.settings.revision else { return }
      change(&now)
      try transaction.setWebhook(owner: webhook.owner, name: webhook.name, body: now.body)
    }
  }
}
