import Foundation
import NodeInterface

/// Shows what the consumer `cli` has not acknowledged yet.
///
/// Shown first, acknowledged after: a program that is killed in between shows a message again, and never loses one.
struct News: Sendable {
  private static let consumer: JSONValue = "cli"
  private static let types: JSONValue = [
    "message.received", "message.edited", "message.undecryptable", "chat.*", "identity.changed",
    "account.security_warning",
  ]

  let interface: Interface
  /// Programs get objects, and decide themselves what was read; people get text, and what is printed counts as read.
  let asJSON: Bool
  let files: SavedFiles?
  /// Bytes of the largest file that may be fetched unasked.
  let largestByteCount: Int64

  /// Whether nothing was ever shown here: then it begins with the oldest event that is kept.
  private func isNew() async throws -> Bool {
    let known = try await interface.call("events.consumers.list")["consumers"]?.array ?? []
    return !known.contains { $0["consumer"] == Self.consumer }
  }

  /// - Parameter wait: for something to happen, at first.
  /// - Returns: the messages among them whose files may be fetched unasked.
  @discardableResult
  func show(waiting wait: Duration = .zero) async throws -> [ShownMessage] {
    var fetchable: [ShownMessage] = []
    var parameters: [String: JSONValue] = [
      "consumer": Self.consumer, "types": Self.types, "limit": 100,
      "timeoutMs": .integer(wait.components.seconds * 1_000),
    ]
    if try await isNew() { parameters["from"] = "0" }
    while true {
      let told = try await interface.call("events.poll", parameters)
      let events = told["events"]?.array ?? []
      guard let last = events.last?["seq"] else { return fetchable }
      fetchable += try await show(events)
      _ = try await interface.call("events.ack", ["consumer": Self.consumer, "seq": last])
      parameters["timeoutMs"] = 0
      parameters["from"] = nil
    }
  }

  private func show(_ events: [JSONValue]) async throws -> [ShownMessage] {
    let contacts = try await interface.contacts()
    let strangers = Set(contacts.filter { $0["status"] == "stranger" }.compactMap { $0["name"]?.string })
    var shown: [ShownMessage] = []
    for event in events {
      let (type, data) = (event["type"]?.string ?? "", event["data"] ?? .null)
      let message = ShownMessage(data)
      // An own change needs no telling.
      let isAboutSaid = type == "message.edited" || type.hasPrefix("chat.")
      guard type == "message.received" || isAboutSaid && !message.isOwn else {
        if !asJSON { note(type, data) }
        continue
      }
      try await show(message, data, isFromStranger: strangers.contains(message.contact))
      shown.append(message)
    }
    if !asJSON {
      for (chat, messages) in Dictionary(grouping: shown, by: \.chat) {
        _ = try await interface.call(
          "chat.markRead", ["chat": .string(chat), "messages": .strings(messages.map(\.id))])
      }
    }
    return shown.filter { message in
      guard let file = message.file, file.isRemote else { return false }
      return file.byteCount <= largestByteCount && !strangers.contains(message.contact)
    }
  }

  private func show(_ message: ShownMessage, _ json: JSONValue, isFromStranger: Bool) async throws {
    var savedAs: String?
    if let file = message.file, !file.isRemote { savedAs = try await files?.save(file, interface) }
    if asJSON {
      try Output.json(savedAs.map { json.with("savedAs", .string($0)) } ?? json)
    } else {
      for line in MessageLines(message: message, isFromStranger: isFromStranger, savedAs: savedAs).all {
        try Output.line(line)
      }
    }
  }

  /// What a person should know beside the messages.
  private func note(_ type: String, _ data: JSONValue) {
    guard data["contact"] != nil else { return }
    let name = data["name"]?.string.map { ShownText.name($0) } ?? "a former contact"
    let count = data["count"]?.integer ?? 1
    switch (type, data["reason"]?.string) {
    case ("message.undecryptable", _):
      Output.note("\(count == 1 ? "A message" : "\(count) messages") from \(name) cannot be had any more.")
    case (_, "session_broken"):
      Output.note("What \(name) writes cannot be read here, and renewing has not helped. Write to them, or call them.")
    case ("identity.changed", _):
      Output.note(
        "The devices of \(name) have changed. See 'sotto contact accept-devices \(name)' if you verified them.")
    case (_, "equivocation"):
      Output.note(
        "\(name) has two different device lists of one version; nothing is sent. See 'sotto contact accept-devices'.")
    default: return
    }
  }
}

extension JSONValue {
  /// An object with one more member.
  func with(_ name: String, _ value: JSONValue) -> JSONValue {
    var members = object ?? [:]
    members[name] = value
    return .object(members)
  }
}
