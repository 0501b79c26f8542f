import Ambient
import Foundation
import Messaging
import Vault

/// `message.*`: what is said. Sending is in ``MessageSending``.
enum MessageMethods {
  static let all = [
    MessageSending.send, get, list, search, MessageEditing.edit, delete, open, receipts, retry,
  ]

  static let message = Schema.Property("message", .identifier("ms_"), "The message.")

  private static let get = Method(
    "message.get", "Returns one message as it is now.", scope: .read, parameters: [message],
    result: InterfaceObject.messageSchema, errors: [.notFound]
  ) { call in
    let id = try call.text("message")
    return try await call.read { messenger in
      InterfaceObject.message(try messenger.message(try InterfaceID.messageRow(id, at: "message", messenger)))
    }
  }

  private static let list = Method(
    "message.list", "Lists the messages of a conversation, oldest first.", scope: .read,
    parameters: [
      ChatMethods.chat, .optional("before", .identifier("ms_"), "Only older ones than this."),
      .optional("limit", .integer(1...200), "The newest so many; 50 without it."),
    ],
    result: .object([
      .init("messages", .array(InterfaceObject.messageSchema), "A page of them."),
      .init("more", .boolean, "Whether there are older ones: ask again with before = the first of these."),
    ]), errors: [.notFound]
  ) { call in
    let (chat, before) = (try call.chat(), call.optionalText("before"))
    let limit = Int(call.integer("limit") ?? 50)
    return try await call.read { messenger in
      let row = try before.map { try InterfaceID.messageRow($0, at: "before", messenger) }
      let messages = try messenger.messages(conversation: chat, before: row, limit: limit)
      var budget = FrameBudget()
      // The newest that fit: the page before begins where this one does.
      var shown: [JSONValue] = []
      for message in messages.reversed() where budget.isLeft {
        let json = InterfaceObject.message(message)
        budget.spend(on: json)
        shown.append(json)
      }
      let isMore = shown.count < messages.count || messages.count == limit
      return ["messages": .array(shown.reversed()), "more": .bool(isMore)]
    }
  }

  private static let search = Method(
    "message.search", "Looks for messages by their words, the newest first. View-once and secret ones are never found.",
    scope: .read,
    parameters: [
      .init(
        "query", .text(most: 1_024),
        "Words, of which the beginning is enough, and \"words in quotes\"; all must be there."),
      .optional("contact", .identifier("ct_"), "Only in the conversation with this contact."),
      .optional("direction", .choice(["in", "out"]), "Only others' messages, or only yours."),
      .optional("since", .integer(0 ... .max), "Only what was sent at or after this time, in ms."),
      .optional("until", .integer(0 ... .max), "Only what was sent before this time, in ms."),
      .optional("cursor", .text(most: 19), "As the page before gave it."),
      .optional("limit", .integer(1...200), "At most so many; 50 without it."),
    ],
    result: .object([
      .init(
        "hits",
        .array(
          .object([
            .init("message", InterfaceObject.messageSchema, "The message."),
            .init("snippet", .text(), "What was found, with a little around it."),
          ])), "Perhaps fewer than asked for, though there are more."),
      .optional("cursor", .text(), "For the next page; missing at the end."),
    ])
  ) { call in
    func time(_ name: String) -> WallTime? { call.integer(name).map { WallTime(milliseconds: $0) } }
    let direction = call.optionalText("direction").map { $0 == "in" ? MessageDirection.incoming : .outgoing }
    let contact = call.optionalText("contact") == nil ? nil : try call.contact()
    let query = SearchQuery(
      try call.text("query"), contact: contact, direction: direction, since: time("since"), until: time("until"))
    let before = try call.optionalText("cursor").map { text throws(InterfaceError) in
      guard let row = Int64(text), row > 0 else { throw .parameter("cursor", expected: "a cursor that was given") }
      return row
    }
    let limit = Int(call.integer("limit") ?? 50)
    return try await call.read { messenger in
      let page = try messenger.search(query, before: before, limit: limit)
      var budget = FrameBudget()
      var hits: [JSONValue] = []
      var next = page.continuesBefore
      for hit in page.hits {
        guard budget.isLeft else { break }
        let json: JSONValue = ["message": InterfaceObject.message(hit.message), "snippet": .string(hit.snippet.text)]
        budget.spend(on: json)
        hits.append(json)
        if hits.count < page.hits.count, !budget.isLeft { next = hit.message.id }
      }
      return .object(present: ["hits": .array(hits), "cursor": next.map { .string(String($0)) }])
    }
  }

  private static let delete = Method(
    "message.delete", "Destroys messages here, or asks the other side to destroy them too.", scope: .send,
    parameters: [
      .init("messages", .array(.identifier("ms_"), most: 100), "Which."),
      .init("scope", .choice(["me", "everyone"]), "everyone: only messages that you wrote."),
    ],
    result: .object([
      .init("results", .array(.anyObject), "For each message: message, ok, and if it is not, error as in an answer.")
    ]), errors: [.notFound, .forbidden], network: .background, mutates: true
  ) { call in
    let (ids, isForEveryone) = (call.texts("messages"), try call.text("scope") == "everyone")
    return try await call.change { messenger in
      guard try !isForEveryone || !messenger.isCopied() else { throw MessagingError.vaultCopied }
      var refused: [String: InterfaceError] = [:]
      for id in ids {
        do {
          let row = try InterfaceID.messageRow(id, at: "messages", messenger)
          if isForEveryone { try messenger.deleteForEveryone([row]) } else { try messenger.deleteForMe([row]) }
        } catch {
          guard let known = InterfaceError(error), known.kind == .notFound || known.kind == .forbidden else {
            throw error
          }
          refused[id] = known
        }
      }
      // What is possible is done; when nothing is, the call fails.
      if refused.count == Set(ids).count, let first = ids.first.flatMap({ refused[$0] }) { throw first }
      return [
        "results": .array(
          ids.map { id in
            .object(present: [
              "message": .string(id), "ok": .bool(refused[id] == nil), "error": refused[id]?.json,
            ])
          })
      ]
    }
  }

  // Takes no reference: the result would have to be kept, and this exists so that it is not.
  private static let open = Method(
    "message.open", "Opens a view-once message: hands out its content, and destroys it. There is no second time.",
    scope: .read, parameters: [message],
    result: .object([
      .optional("text", .text(), "The text, or the caption of the file."),
      .optional(
        "file",
        .object([
          .init("name", .text(), "As its sender named it."), .init("mime", .text(), "As its sender called it."),
          .init("size", .integer(0 ... .max), "Bytes."), .init("data", .text(), "The file in base64."),
        ]), "The file, if it is one."),
    ]), errors: [.notFound, .viewOnceUsed, .conflict]
  ) { call in
    let id = try call.text("message")
    return try await call.change { messenger in
      switch try messenger.openViewOnce(try InterfaceID.messageRow(id, at: "message", messenger)) {
      case .text(let text): return ["text": .string(text)]
      case .file(let caption, let file):
        return [
          "text": .string(caption),
          "file": [
            "name": .string(file.name), "mime": .string(file.mime), "size": .integer(file.bytes.count),
            "data": .string(Data(file.bytes).base64EncodedString()),
          ],
        ]
      }
    }
  }

  private static let receipts = Method(
    "message.receipts", "Says when a message that you sent was delivered, read and played.", scope: .read,
    parameters: [message],
    result: .object([
      .init(
        "receipts",
        .array(
          .object([
            .init("name", .text(), "Who."), .optional("delivered", .integer(), "In ms."),
            .optional("read", .integer(), "In ms."), .optional("played", .integer(), "In ms."),
          ])), "One for each recipient.")
    ]), errors: [.notFound]
  ) { call in
    let id = try call.text("message")
    return try await call.read { messenger in
      let message = try messenger.message(try InterfaceID.messageRow(id, at: "message", messenger))
      guard message.direction == .outgoing else { return ["receipts": []] }
      return [
        "receipts": [
          .object(present: [
            "name": .string(message.contact), "delivered": message.deliveredAt.map { .integer($0.milliseconds) },
            "read": message.readAt.map { .integer($0.milliseconds) },
            "played": message.playedAt.map { .integer($0.milliseconds) },
          ])
        ]
      ]
    }
  }

  private static let retry = Method(
    "message.retry", "Sends a message that has failed again.", scope: .send, parameters: [message],
    result: InterfaceObject.messageSchema, errors: [.notFound, .conflict], network: .background, mutates: true
  ) { call in
    let id = try call.text("message")
    return try await call.transaction { messenger in
      InterfaceObject.message(
        try messenger.retry(message: try InterfaceID.messageRow(id, at: "message", messenger)))
    }
  }
}
