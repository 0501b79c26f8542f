import Ambient
import ByteLayout
import Messaging
import Node
import Primitives
import SecretMemory
import Vault

/// Tells one receiver the events of one webhook: one after the other, each until it is taken, in order.
///
/// What a request says is joined with its content when it is made, at each attempt again. An event counts as done when that
/// is on the disk, after the receiver took it: a crash in between tells it twice.
struct WebhookPump: Sendable {
  let context: InterfaceContext
  let transport: any WebhookTransport
  let times: WebhookTimes
  /// The webhook as it was when this began.
  let begun: Webhook

  private var hub: EventHub { context.events }

  /// Returns when the webhook is not as it was any more: changed, disabled, deleted, or its owner's token over.
  ///
  /// - Throws: what the vault throws, and `CancellationError`.
  func run() async throws {
    let reader: Int
    do {
      reader = try await hub.begin(
        begun.consumer, from: .lastAcknowledged, filter: begun.settings.filter, maxInFlight: 1
      ).generation
    } catch let error as InterfaceError {
      return try context.webhooks.update(begun) { $0.disabled = error.kind.rawValue }
    }
    do { try await serve(reader) } catch {
      try await hub.end(begun.consumer, generation: reader)
      throw error
    }
    try await hub.end(begun.consumer, generation: reader)
  }

  private func serve(_ reader: Int) async throws {
    let bell = hub.bell.listen()
    while let webhook = try context.webhooks.webhook(id: begun.id),
      webhook.settings.revision == begun.settings.revision, webhook.settings.disabled == nil,
      try context.tokens.isValid(webhook.owner)
    {
      let wait = webhook.settings.retry.wait(now: context.clock.now(), times)
      if wait > .zero {
        try await bell.wait(for: wait)
      } else if let letter = try dueLetter(webhook) {
        try await deliver(letter, webhook)
      } else {
        guard let events = try await hub.next(begun.consumer, generation: reader, limit: 1) else { return }
        if let event = events.first { try await deliver(event, webhook) } else { try await bell.wait() }
      }
    }
  }

  // MARK: Events

  private func deliver(_ event: JSONValue, _ webhook: Webhook) async throws {
    guard let seq = event["seq"]?.string.flatMap({ Int64($0) }) else { return }
    let outcome = await transport.post(try request(event, webhook))
    try Task.checkCancellation()
    if outcome.isTaken {
      try await acknowledge(seq)
      // What was failing works again.
      if webhook.settings.retry != WebhookRetry() { try change(webhook) { $0.retry.taken() } }
      return
    }
    if outcome.isOver {
      try change(webhook) { ($0.disabled, $0.lastFailure) = ("gone", outcome.text) }
      return
    }
    let now = context.clock.now()
    var retry = webhook.settings.retry
    let eventAt = WallTime(milliseconds: event["at"]?.integer ?? now.milliseconds)
    let verdict = retry.failed(eventAt: eventAt, now: now, times, randomness: context.randomness)
    try change(webhook) { ($0.retry, $0.lastFailure) = (retry, outcome.text) }
    switch verdict {
    case .again:
      // Somebody else may have set where the reader is; then there is nothing to reject.
      do { try await hub.reject(begun.consumer, from: seq, delay: .zero) } catch is InterfaceError {}
    case .giveUp:
      let letter = DeadLetter(seq: seq, at: now.milliseconds, reason: outcome.text)
      try context.vault.write { transaction in
        guard try transaction.webhook(id: webhook.id) != nil else { return }
        try transaction.setDeadLetter(webhook: webhook.id, letter.record)
      }
      try await acknowledge(seq)
    }
  }

  private func acknowledge(_ seq: Int64) async throws {
    // A webhook that was deleted meanwhile has no reader any more.
    do { try await hub.acknowledge(begun.consumer, upTo: seq) } catch is InterfaceError {}
  }

  private func change(_ webhook: Webhook, _ change: (inout WebhookSettings) -> Void) throws {
    try context.webhooks.update(webhook, change)
  }

  // MARK: Dead letters

  private func dueLetter(_ webhook: Webhook) throws -> DeadLetter? {
    try context.vault.read { try $0.deadLetters(webhook: webhook.id, limit: Self.mostLetters) }
      .map(DeadLetter.init).first(where: \.isDue)
  }

  /// Dead letters that are looked at.
  static let mostLetters = 10_000

  /// Tries one once more; if it is not taken, it stays what it is.
  private func deliver(_ letter: DeadLetter, _ webhook: Webhook) async throws {
    var letter = letter
    guard let event = try await Self.event(letter, context) else {
      return try context.vault.write { try $0.deleteDeadLetter(webhook: webhook.id, seq: letter.seq) }
    }
    let outcome = await transport.post(try request(event, webhook))
    try Task.checkCancellation()
    letter.isDue = false
    letter.reason = outcome.text
    try context.vault.write { [letter] transaction in
      guard try transaction.webhook(id: webhook.id) != nil else { return }
      if outcome.isTaken {
        try transaction.deleteDeadLetter(webhook: webhook.id, seq: letter.seq)
      } else {
        try transaction.setDeadLetter(webhook: webhook.id, letter.record)
      }
    }
    if outcome.isOver { try change(webhook) { ($0.disabled, $0.lastFailure) = ("gone", outcome.text) } }
  }

  /// The event of a dead letter as it looks now; nil when it is not kept any more.
  static func event(_ letter: DeadLetter, _ context: InterfaceContext) async throws -> JSONValue? {
    let account = try await context.events.ownAccount()
    let found = try await context.node.withMessenger { try $0.events(after: letter.seq - 1, limit: 1) }
    guard let event = found.first, event.seq == letter.seq, let type = EventType(event) else { return nil }
    return EventEnvelope.json(event, type, account: account, redelivered: 1, liveFrom: .max)
  }

  // MARK: Requests

  private func request(_ event: JSONValue, _ webhook: Webhook) throws -> WebhookRequest {
    try Self.request(event, webhook, now: context.clock.now(), times)
  }

  /// The request that tells an event: signed, with a name that stays the same at every attempt.
  static func request(
    _ event: JSONValue, _ webhook: Webhook, now: WallTime, _ times: WebhookTimes
  ) throws -> WebhookRequest {
    let body = JSONText.bytes(event)
    let timestamp = String(now.seconds)
    let key = try SecretBytes(copying: [UInt8](webhook.settings.secret.utf8))
    let code = HMACSHA256.code([UInt8](timestamp.utf8) + [UInt8(ascii: ".")] + body, key: key)
    return WebhookRequest(
      url: webhook.settings.url,
      headers: [
        ("Content-Type", "application/json"), ("User-Agent", "sotto"),
        ("X-Sotto-Event", event["type"]?.string ?? ""),
        ("X-Sotto-Delivery", "\(InterfaceID.webhook.text(webhook.id))-\(event["id"]?.string ?? "")"),
        ("X-Sotto-Timestamp", timestamp), ("X-Sotto-Signature", "v1=" + Hexadecimal.encode(code.array)),
      ], body: body, isInsecureAllowed: webhook.settings.isInsecureAllowed, timeLimit: times.request)
  }
}
