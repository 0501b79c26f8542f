import Messaging
import Node
import Vault

/// `events.*`: the log of what happened, and who reads it.
enum EventMethods {
  static let all = [subscribe, unsubscribe, acknowledge, reject, poll, replay, list, delete]

  static let consumer = Schema.Property(
    "consumer", .text(most: 64), "The name of the reader: letters, digits, . _ and -.")
  private static let seq = Schema.Property("seq", .text(most: 19), "The seq of an event: digits.")
  static let types = Schema.Property.optional(
    "types", .array(.text(most: 64), most: 100), "Only these, such as message.received or message.*")
  static let chats = Schema.Property.optional(
    "chats", .array(.identifier("ch_"), most: 1_000), "Only what is about these conversations.")
  static let from = Schema.Property.optional(
    "from", .text(most: 19),
    "last_ack (where it was; a new reader begins now), now, or the seq after which to begin: 0 is the oldest.")
  private static let limit = Schema.Property.optional("limit", .integer(1...1_000), "At most so many; 100 without it.")
  private static let events = Schema.Property(
    "events", .array(EventEnvelope.schema), "In their order.")

  private static let subscribe = Method(
    "events.subscribe",
    "Tells this connection the events as notifications of the method event: params are consumer and event.",
    scope: .events,
    parameters: [
      consumer, from, types, chats,
      .optional(
        "ack", .choice(["manual", "auto"]),
        "manual (the default): an event is told again until events.ack. auto: it counts as done when it was written."),
      .optional(
        "maxInFlight", .integer(1...Int64(ConsumerState.mostInFlight)),
        "Events that are told before the first of them is acknowledged; 100 without it."),
    ],
    result: .object([.init("after", .text(), "The seq after which it begins.")]),
    errors: [.cursorGone, .limitReached, .notReady]
  ) { call in
    guard let session = call.session else {
      throw InterfaceError(.notReady, "This connection cannot be told anything: use events.poll.")
    }
    let key = try key(call)
    let acknowledges = call.optionalText("ack") == "auto"
    let hub = call.context.events
    let begun = try await hub.begin(
      key, from: try start(call), filter: try filter(call), maxInFlight: Int(call.integer("maxInFlight") ?? 100))
    session.begin {
      await EventPump(hub: hub, session: session, key: key, generation: begun.generation, acknowledges: acknowledges)
        .run()
    }
    return ["after": .string(String(begun.after))]
  }

  private static let unsubscribe = Method(
    "events.unsubscribe", "Ends the notifications of a reader. It stays known.", scope: .events,
    parameters: [consumer], errors: [.notFound]
  ) { call in
    let key = try key(call)
    let hub = call.context.events
    _ = try await hub.known(key)
    try await hub.endCurrent(key)
    return [:]
  }

  private static let acknowledge = Method(
    "events.ack", "Notes everything up to an event as done: it is never told again.", scope: .events,
    parameters: [consumer, seq], errors: [.notFound]
  ) { call in
    try await call.context.events.acknowledge(try key(call), upTo: try number(call, "seq"))
    return [:]
  }

  private static let reject = Method(
    "events.nack", "An event could not be done: it and those after it are told again.", scope: .events,
    parameters: [
      consumer, seq, .optional("delayMs", .integer(0...86_400_000), "After that long; 1000 without it."),
    ], errors: [.notFound]
  ) { call in
    try await call.context.events.reject(
      try key(call), from: try number(call, "seq"), delay: .milliseconds(call.integer("delayMs") ?? 1_000))
    return [:]
  }

  private static let poll = Method(
    "events.poll",
    "Returns the next events of a reader, beginning with what it has not acknowledged; waits for one if asked to.",
    scope: .events,
    parameters: [
      consumer, from, types, chats, limit,
      .optional("timeoutMs", .integer(0...60_000), "How long to wait for an event; 0 without it."),
    ], result: .object([events]), errors: [.cursorGone, .limitReached, .conflict]
  ) { call in
    let (key, hub) = (try key(call), call.context.events)
    guard await !hub.isRead(key) else {
      throw InterfaceError(.conflict, "This reader is subscribed on a connection: unsubscribe, or use another name.")
    }
    let limit = Int(call.integer("limit") ?? 100)
    let begun = try await hub.begin(
      key, from: try start(call), filter: try filter(call), maxInFlight: ConsumerState.mostInFlight)
    let deadline = ContinuousClock.now + .milliseconds(call.integer("timeoutMs") ?? 0)
    let bell = hub.bell.listen()
    do {
      while let events = try await hub.next(key, generation: begun.generation, limit: limit) {
        let left = ContinuousClock.now.duration(to: deadline)
        if !events.isEmpty || left <= .zero {
          try await hub.end(key, generation: begun.generation)
          return ["events": .array(events)]
        }
        try await bell.wait(for: left)
      }
    } catch {
      try await hub.end(key, generation: begun.generation)
      throw error
    }
    throw InterfaceError(.conflict, "Another reader of this name has come.")
  }

  private static let replay = Method(
    "events.replay", "Returns events again, as they look now: content that is gone is null. Acknowledges nothing.",
    scope: .events,
    parameters: [
      .init("from", .text(most: 19), "The first seq."), .optional("to", .text(most: 19), "The last seq."), limit,
    ],
    result: .object([
      events, .init("more", .boolean, "Whether there may be more."),
      .optional("next", .text(), "Then: where to go on, as from."),
    ]), errors: [.cursorGone]
  ) { call in
    let first = max(1, try number(call, "from"))
    let last = try call.optionalText("to") == nil ? Int64.max : number(call, "to")
    let limit = Int(call.integer("limit") ?? 100)
    let oldest = try call.context.vault.read { transaction in
      try transaction.oldestEventSeq() ?? transaction.greatestEventSeq() + 1
    }
    guard first >= oldest else { throw InterfaceError(.cursorGone, details: ["oldestSeq": .string(String(oldest))]) }
    let account = try await call.context.events.ownAccount()
    let found = try await call.read { try $0.events(after: first - 1, limit: limit) }.filter { $0.seq <= last }
    var budget = FrameBudget()
    var events: [JSONValue] = []
    var looked = 0
    for event in found where budget.isLeft {
      looked += 1
      guard let type = EventType(event) else { continue }
      let json = EventEnvelope.json(event, type, account: account, redelivered: 0, liveFrom: .max)
      budget.spend(on: json)
      events.append(json)
    }
    let isMore = looked < found.count || found.count == limit
    return .object(present: [
      "events": .array(events), "more": .bool(isMore),
      "next": isMore ? .string(String(found[looked - 1].seq + 1)) : nil,
    ])
  }

  private static let list = Method(
    "events.consumers.list", "Lists your readers.", scope: .events,
    result: .object([
      .init(
        "consumers",
        .array(
          .object([
            .init("consumer", .text(), "Its name."), .init("acknowledged", .text(), "Everything up to this is done."),
            .init("behind", .integer(), "Events that it has not done."),
            .init("connected", .boolean, "Whether it is being told events."),
            .init("createdAt", .integer(), "In ms."), .init("seenAt", .integer(), "In ms."),
          ])), "Oldest first.")
    ])
  ) { call in
    ["consumers": .array(try await call.context.events.list(owner: call.caller.id))]
  }

  private static let delete = Method(
    "events.consumers.delete", "Forgets a reader, and what it has acknowledged.", scope: .events,
    parameters: [consumer], errors: [.notFound]
  ) { call in
    guard try await call.context.events.delete(try key(call)) else {
      throw InterfaceError(.notFound, "There is no such consumer.")
    }
    return [:]
  }

  // MARK: Parameters

  static func key(_ call: Call) throws(InterfaceError) -> EventHub.Key {
    EventHub.Key(owner: call.caller.id, name: try name(call, "consumer"))
  }

  /// A name of a reader or a webhook.
  static func name(_ call: Call, _ parameter: String) throws(InterfaceError) -> String {
    let name = try call.text(parameter)
    let isName = name.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
        true
      default: false
      }
    }
    guard isName, !name.isEmpty else { throw .parameter(parameter, expected: "letters, digits, . _ and -") }
    return name
  }

  private static func number(_ call: Call, _ name: String) throws(InterfaceError) -> Int64 {
    guard let number = Int64(try call.text(name)), number >= 0 else { throw .parameter(name, expected: "digits") }
    return number
  }

  static func start(_ call: Call) throws(InterfaceError) -> EventStart {
    switch call.optionalText("from") {
    case nil, "last_ack": .lastAcknowledged
    case "now": .now
    default: .after(try number(call, "from"))
    }
  }

  static func filter(_ call: Call) throws(InterfaceError) -> EventFilter {
    var filter = EventFilter(types: call.texts("types"))
    for chat in call.texts("chats") { filter.chats.insert(try InterfaceID.chat.row(chat, at: "chats")) }
    return filter
  }
}
