import Ambient
import Messaging

/// An event as it is told.
enum EventEnvelope {
  /// How long a message may have been at its relay, in ms, when it counts as new.
  private static let freshMilliseconds: Int64 = 60_000

  /// - Parameters:
  ///   - account: the id of the own account.
  ///   - redelivered: how often it was told to this consumer before.
  ///   - liveFrom: events after this one were not there when the consumer came.
  static func json(
    _ event: EventView, _ type: EventType, account: String, redelivered: Int, liveFrom: Int64
  ) -> JSONValue {
    .object(present: [
      "v": 1, "seq": .string(String(event.seq)), "id": .string(InterfaceID.event.text(event.seq)),
      "type": .string(type.rawValue), "at": .integer(event.at.milliseconds), "account": .string(account),
      "chat": event.message.map { .string(InterfaceID.chat.text($0.conversation)) },
      "redelivered": .integer(redelivered), "live": .bool(event.seq > liveFrom && isFresh(event)),
      "data": data(event, type),
    ])
  }

  /// That events were dropped which a consumer had not acknowledged. It counts as the last of them.
  static func gap(from first: Int64, to last: Int64, account: String, at time: WallTime) -> JSONValue {
    [
      "v": 1, "seq": .string(String(last)), "id": .string(InterfaceID.event.text(last)),
      "type": .string(EventType.consumerGap.rawValue), "at": .integer(time.milliseconds), "account": .string(account),
      "redelivered": 0, "live": false, "data": ["fromSeq": .string(String(first)), "toSeq": .string(String(last))],
    ]
  }

  static let schema = Schema.object([
    .init("v", .integer(1...1), "The version of this envelope."),
    .init("seq", .text(), "Digits; ascending, never used twice."), .init("id", .identifier("ev_"), "Names the event."),
    .init("type", .text(), "What happened; pass over types that you do not know."), .init("at", .integer(), "In ms."),
    .init("account", .identifier("ac_"), "The own account."), .optional("chat", .identifier("ch_"), "Where."),
    .init("redelivered", .integer(0 ... .max), "How often it was told to you before."),
    .init("live", .boolean, "Whether it has just happened; false while you catch up."),
    .init("data", .anyObject, "By type."),
  ])

  private static func isFresh(_ event: EventView) -> Bool {
    guard event.kind == .messageReceived, let storedAt = event.message?.storedAt else { return true }
    return event.at.milliseconds - storedAt.milliseconds <= freshMilliseconds
  }

  private static func data(_ event: EventView, _ type: EventType) -> JSONValue {
    // What a contact tells of messages says no more than which; everything else about a message is the message.
    if let message = event.message, event.about == nil { return InterfaceObject.message(message) }
    var data: [String: JSONValue] = [:]
    data["message"] = event.message.map { .string(InterfaceID.message($0)) }
    if let about = event.about {
      data["contact"] = .string(InterfaceID.contact.text(about.contactID))
      data["name"] = about.contact.map { .string($0) }
      data["status"] = about.status.map { .string($0.name) }
      data["count"] = .integer(about.count)
    }
    switch event.kind {
    case .vaultCopied: data["reason"] = "vault_copied"
    case .equivocation: data["reason"] = "equivocation"
    case .relayMisbehaved: data["reason"] = "relay_misbehaved"
    case .sessionBroken: data["reason"] = "session_broken"
    case .vaultAdopted: data["reason"] = "vault_adopted"
    default: break
    }
    return .object(data)
  }
}

/// Which events a consumer wants.
struct EventFilter: Hashable, Sendable {
  /// Types, or beginnings such as `message.*`; empty: all.
  var types: [String] = []
  /// Rows of conversations; empty: all, also what is about none.
  var chats: Set<Int64> = []

  func wants(_ event: EventView, _ type: EventType) -> Bool {
    guard chats.isEmpty || event.message.map({ chats.contains($0.conversation) }) == true else { return false }
    return types.isEmpty || names(type.rawValue)
  }
}
