import Ambient
import Foundation
import Messaging
import Vault

/// `message.*`: what is said. Sending is in ``MessageSending``.
enum MessageMethods {
  static let all = [
    MessageSending.send, get, list, delete, open, receipts, retry,
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

  private static let delete = Method(
    "message.delete", "Destroys messages here, or asks the other side to destroy them too.", scope: .send,
    parameters: [
      .init("messages", .array(.identifier("ms_"), most: 100), "Which."),
      .init("scope", .choice(["me", "everyone"]), "everyone: only messages that you wrote."),
    ],
    result: .object([
      .init("results", .array(.anyObject), "For each message: message, and ok.")
    ]), errors: [.notFound, .forbidden], network: .background, mutates: true
  ) { call in
    let (ids, isForEveryone) = (call.texts("messages"), try call.text("scope") == "everyone")
    return try await call.change { messenger in
      guard try !isForEveryone || !messenger.isCopied() else { throw MessagingError.vaultCopied }
      let rows = try ids.map { try InterfaceID.messageRow($0, at: "messages", messenger) }
      if isForEveryone { try messenger.deleteForEveryone(rows) } else { try messenger.deleteForMe(rows) }
      return ["results": .array(ids.map { ["message": .string($0), "ok": true] })]
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
