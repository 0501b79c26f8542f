import Messaging
import NodeInterface

/// What commands look up by the names that people use.
extension Interface {
  /// A contact by its name.
  ///
  /// - Throws: ``MessagingError/unknownContact(_:)``.
  func contact(named name: String) async throws -> JSONValue {
    let found = try await call("contact.list", ["name": .string(name)])["contacts"]?.array?.first
    guard let contact = found?["contact"] else { throw MessagingError.unknownContact(name) }
    return contact
  }

  /// All contacts, in the order in which they came.
  func contacts() async throws -> [JSONValue] {
    var contacts: [JSONValue] = []
    var parameters: [String: JSONValue] = [:]
    while true {
      let page = try await call("contact.list", parameters)
      contacts += page["contacts"]?.array ?? []
      guard let cursor = page["cursor"] else { return contacts }
      parameters["cursor"] = cursor
    }
  }

  /// The direct conversation with a contact.
  func chat(with name: String) async throws -> JSONValue {
    try await call("chat.open", ["contact": try await contact(named: name)])["chat"] ?? .null
  }

  /// The newest secret chat with a contact that is not closed, or is if nothing else is asked for.
  func secretChat(with name: String, mayBeClosed: Bool = false) async throws -> JSONValue {
    let chats =
      try await call(
        "chat.list", ["contact": try await contact(named: name), "kind": "secret", "limit": 200])["chats"]?.array ?? []
    func number(_ chat: JSONValue) -> Int64 { Int64(chat["chat"]?.string?.dropFirst(3) ?? "") ?? 0 }
    let newest = chats.sorted { number($0) > number($1) }
    guard let chat = newest.first(where: { $0["closed"] == false }) ?? (mayBeClosed ? newest.first : nil) else {
      throw CommandFailure(
        .notFound, "There is no open secret chat with \(ShownText.name(name)).",
        next: "Open one with 'sotto secret open NAME'.")
    }
    return chat["chat"] ?? .null
  }

  /// All messages of a conversation, oldest first.
  func messages(of chat: JSONValue) async throws -> [JSONValue] {
    var pages: [[JSONValue]] = []
    var parameters: [String: JSONValue] = ["chat": chat, "limit": 200]
    while true {
      let page = try await call("message.list", parameters)
      let messages = page["messages"]?.array ?? []
      pages.append(messages)
      guard page["more"] == true, let first = messages.first?["message"] else { break }
      parameters["before"] = first
    }
    return pages.reversed().flatMap(\.self)
  }

  /// A message as a command line names it: 32 hexadecimal digits, with or without what stands before them in an id.
  static func messageID(_ text: String) throws(CommandFailure) -> JSONValue {
    let digits = text.hasPrefix("ms_") ? String(text.dropFirst(3)) : text
    guard digits.first == "r" || digits.utf8.count == 32 && digits.allSatisfy(\.isHexDigit) else {
      throw CommandFailure(
        .usage, "This is not the id of a message.", next: "Give the one that 'sotto messages NAME --ids' shows.")
    }
    return .string("ms_" + digits.lowercased())
  }
}

extension Interface {
  /// Sends what a command has put into the outbox.
  ///
  /// - Parameter what: it, at the beginning of a sentence.
  /// - Throws: ``CommandFailure`` when it could not be sent now; it is kept.
  func deliver(_ what: String) async throws {
    let limit = Duration.seconds(30)
    let flushed = try await flush(limit)
    guard let left = flushed["left"]?.integer, left > 0 else { return }
    let hosts = Set(flushed["unreachable"]?.array?.compactMap(\.string) ?? [])
    throw hosts.isEmpty ? CommandFailure.kept(what, after: limit) : CommandFailure.kept(what, unreachable: hosts)
  }

  /// Sends what waits; what cannot be sent now is kept, and only said.
  func deliverRest(within limit: Duration, receipts: Bool = false) async throws {
    let left = try await flush(limit, receipts: receipts)["left"]?.integer ?? 0
    if left > 0 { Output.note("\(left) waiting to be sent: kept, and tried again by the next command.") }
  }

  private func flush(_ limit: Duration, receipts: Bool = false) async throws -> JSONValue {
    try await call(
      "sync.flush", ["timeoutMs": .integer(limit.components.seconds * 1_000), "receipts": .bool(receipts)])
  }
}
