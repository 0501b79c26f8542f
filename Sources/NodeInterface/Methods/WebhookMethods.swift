import Ambient
import ByteLayout
import Foundation
import Messaging
import Node
import Primitives
import Vault

/// `webhook.*`: where events are posted to.
enum WebhookMethods {
  static let all = [set, get, test, delete, deadLetters, redeliver]

  /// Webhooks of one caller.
  private static let most = 20

  private static let webhook = Schema.Property(
    "webhook", .text(most: 64), "Its name: letters, digits, . _ and -.")

  private static let shownSchema = Schema.object([
    .init("webhook", .text(), "Its name."), .init("url", .text(), "Where events are posted to."),
    .init("types", .array(.text()), "Only these; empty: all."),
    .init("chats", .array(.identifier("ch_")), "Only what is about these; empty: all."),
    .init("insecure", .boolean, "Whether link-local addresses and http to other machines are taken."),
    .init("createdAt", .integer(), "In ms."),
    .optional("disabled", .text(), "Why nothing is sent any more: gone when the receiver answered 410."),
    .init("failures", .integer(0 ... .max), "Failures in a row."),
    .optional("lastFailure", .text(), "What the last one was: status_500, timeout, unreachable, ..."),
    .optional("nextAttemptAt", .integer(), "When it is tried again, in ms."),
    .init("deadLetters", .integer(0 ... .max), "Events that were given up."),
  ])

  private static let set = Method(
    "webhook.set",
    "Posts events to an address, from now on; changes where, if there is one of this name, and enables it again.",
    scope: .admin,
    parameters: [
      webhook, .init("url", .text(most: 2_048), "https://…, or http://… on this machine."),
      .optional(
        "secret", .text(most: 128),
        "Signs what is posted; at least 16 bytes. Without it one is made, or the old one kept."
      ),
      EventMethods.from, EventMethods.types, EventMethods.chats,
      .optional(
        "insecure", .boolean,
        "Also take link-local addresses, and http to other machines: messages go there in the clear."),
    ],
    result: .object([
      .init("webhook", shownSchema, "As it is now."),
      .optional("secret", .text(), "The one that was made. It is not shown again."),
    ]), errors: [.limitReached, .cursorGone], mutates: true
  ) { call in
    let name = try EventMethods.name(call, "webhook")
    let url = try address(call)
    let (owner, webhooks, hub) = (call.caller.id, call.context.webhooks, call.context.events)
    let filter = try EventMethods.filter(call)
    let start = try EventMethods.start(call)
    let known = try webhooks.webhook(owner: owner, name: name)
    guard try known != nil || webhooks.all().count(where: { $0.owner == owner }) < most else {
      throw InterfaceError(.limitReached, "There are \(most) webhooks: delete one with webhook.delete.")
    }
    var made: String?
    let secret: String
    if let given = call.optionalText("secret") {
      guard given.utf8.count >= 16 else { throw InterfaceError.parameter("secret", expected: "at least 16 bytes") }
      secret = given
    } else if let known {
      secret = known.settings.secret
    } else {
      let bytes: FixedBytes<32> = call.context.node.secretRandomness.fixed()
      secret = Hexadecimal.encode(bytes.array)
      made = secret
    }
    let settings = WebhookSettings(
      url: url, secret: secret, types: filter.types, chats: filter.chats.sorted(),
      isInsecureAllowed: call.flag("insecure"),
      createdAt: known?.settings.createdAt ?? call.context.clock.now().milliseconds,
      revision: (known?.settings.revision ?? 0) + 1)
    // Its reader is there before it is, so that nothing is missed from now on.
    let key = EventHub.Key(owner: owner, name: WebhookSettings.consumer(name))
    let reader = try await hub.begin(key, from: start, filter: filter, maxInFlight: 1)
    try await hub.end(key, generation: reader.generation)
    _ = try call.context.vault.write { try $0.setWebhook(owner: owner, name: name, body: settings.body) }
    webhooks.changed()
    return .object(present: [
      "webhook": try shown(try existing(call), call), "secret": made.map { .string($0) },
    ])
  }

  private static let get = Method(
    "webhook.get", "Returns your webhooks, and how it stands with their receivers.", scope: .events,
    parameters: [.optional("webhook", .text(most: 64), "Only the one of this name.")],
    result: .object([.init("webhooks", .array(shownSchema), "Oldest first.")]), errors: [.notFound]
  ) { call in
    if call.optionalText("webhook") != nil { return ["webhooks": [try shown(try existing(call), call)]] }
    let own = try call.context.webhooks.all().filter { $0.owner == call.caller.id }
    return ["webhooks": .array(try own.map { try shown($0, call) })]
  }

  private static let test = Method(
    "webhook.test", "Posts one event of the type webhook.test now, and says what came of it.", scope: .admin,
    parameters: [webhook],
    result: .object([
      .init("ok", .boolean, "Whether the receiver took it."), .init("outcome", .text(), "status_200, timeout, …"),
    ]), errors: [.notFound, .notReady], network: .interactive
  ) { call in
    let webhook = try existing(call)
    guard let transport = call.context.webhooks.transport else {
      throw InterfaceError(.notReady, "This daemon serves no webhooks.")
    }
    let now = call.context.clock.now()
    let event: JSONValue = [
      "v": 1, "seq": "0", "id": .string(InterfaceID.event.text(0)), "type": "webhook.test",
      "at": .integer(now.milliseconds), "account": .string(try await call.context.events.ownAccount()),
      "redelivered": 0, "live": true, "data": [:],
    ]
    let outcome = await transport.post(
      try WebhookPump.request(event, webhook, now: now, call.context.webhooks.times))
    return ["ok": .bool(outcome.isTaken), "outcome": .string(outcome.text)]
  }

  private static let delete = Method(
    "webhook.delete", "Posts nothing more there, and forgets its dead letters.", scope: .admin, parameters: [webhook],
    errors: [.notFound], mutates: true
  ) { call in
    let known = try existing(call)
    _ = try call.context.vault.write { try $0.deleteWebhook(owner: known.owner, name: known.name) }
    _ = try await call.context.events.delete(known.consumer)
    call.context.webhooks.changed()
    return [:]
  }

  private static let deadLetters = Method(
    "webhook.deadLetters",
    "Lists the events that the receiver did not take in 7 days, as they look now. They are kept 14 days at most.",
    scope: .events,
    parameters: [
      webhook, .optional("after", .text(most: 19), "Only those after this seq."),
      .optional("limit", .integer(1...200), "At most so many; 50 without it."),
    ],
    result: .object([
      .init(
        "deadLetters",
        .array(
          .object([
            .init("seq", .text(), "Of the event."), .init("at", .integer(), "When it was given up, in ms."),
            .init("reason", .text(), "What the last attempt came to."),
            .init("due", .boolean, "Whether it is about to be tried again."),
            .init("event", .optional(.anyObject), "The event, without content that is gone."),
          ])), "In the order of their events."),
      .init("more", .boolean, "Whether there are more."),
    ]), errors: [.notFound]
  ) { call in
    let known = try existing(call)
    let limit = Int(call.integer("limit") ?? 50)
    let after = try call.optionalText("after").map { text throws(InterfaceError) in
      guard let seq = Int64(text), seq >= 0 else { throw .parameter("after", expected: "digits") }
      return seq
    }
    let letters = try call.context.vault.read {
      try $0.deadLetters(webhook: known.id, after: after ?? 0, limit: limit + 1)
    }.map(DeadLetter.init)
    var budget = FrameBudget()
    var shown: [JSONValue] = []
    for letter in letters.prefix(limit) where budget.isLeft {
      let json: JSONValue = [
        "seq": .string(String(letter.seq)), "at": .integer(letter.at), "reason": .string(letter.reason),
        "due": .bool(letter.isDue), "event": try await WebhookPump.event(letter, call.context) ?? .null,
      ]
      budget.spend(on: json)
      shown.append(json)
    }
    return ["deadLetters": .array(shown), "more": .bool(shown.count < letters.count)]
  }

  private static let redeliver = Method(
    "webhook.redeliver", "Tries dead letters once more, before anything else.", scope: .events,
    parameters: [webhook, .optional("seq", .text(most: 19), "Only this one; all without it.")],
    result: .object([.init("queued", .integer(0 ... .max), "How many will be tried.")]), errors: [.notFound],
    network: .background, mutates: true
  ) { call in
    let (known, seq) = (try existing(call), call.optionalText("seq"))
    let queued = try call.context.vault.write { transaction in
      var queued = 0
      for record in try transaction.deadLetters(webhook: known.id, limit: WebhookPump.mostLetters)
      where seq == nil || seq == String(record.seq) {
        var letter = try DeadLetter(record)
        letter.isDue = true
        try transaction.setDeadLetter(webhook: known.id, letter.record)
        queued += 1
      }
      return queued
    }
    guard queued > 0 || seq == nil else { throw InterfaceError(.notFound, "There is no such dead letter.") }
    call.context.webhooks.changed()
    return ["queued": .integer(queued)]
  }

  // MARK: Parameters and results

  private static func existing(_ call: Call) throws -> Webhook {
    let name = try EventMethods.name(call, "webhook")
    guard let known = try call.context.webhooks.webhook(owner: call.caller.id, name: name) else {
      throw InterfaceError(.notFound, "There is no such webhook.")
    }
    return known
  }

  /// A URL of which nothing is understood in two ways: a scheme, a host, a path; no user, no fragment.
  private static func address(_ call: Call) throws(InterfaceError) -> String {
    let text = try call.text("url")
    guard let url = URLComponents(string: text), let scheme = url.scheme?.lowercased(),
      ["http", "https"].contains(scheme), let host = url.percentEncodedHost, !host.isEmpty,
      host.utf8.allSatisfy(isHostCharacter), url.user == nil, url.password == nil,
      url.fragment == nil, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f })
    else { throw .parameter("url", expected: "https://HOST/PATH, or http://HOST/PATH, without user and fragment") }
    return text
  }

  /// What the resolver and the client understand alike.
  private static func isHostCharacter(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: ":"),
      UInt8(ascii: "["), UInt8(ascii: "]"):
      true
    default: false
    }
  }

  private static func shown(_ webhook: Webhook, _ call: Call) throws -> JSONValue {
    let settings = webhook.settings
    let deadLetters = try call.context.vault.read { try $0.deadLetterCount(webhook: webhook.id) }
    return .object(present: [
      "webhook": .string(webhook.name), "url": .string(settings.url), "types": .strings(settings.types),
      "chats": .strings(settings.chats.map(InterfaceID.chat.text)), "insecure": .bool(settings.isInsecureAllowed),
      "createdAt": .integer(settings.createdAt), "disabled": settings.disabled.map { .string($0) },
      "failures": .integer(settings.retry.failures), "lastFailure": settings.lastFailure.map { .string($0) },
      "nextAttemptAt": settings.retry.nextAttemptAt > 0 ? .integer(settings.retry.nextAttemptAt) : nil,
      "deadLetters": .integer(deadLetters),
    ])
  }
}
