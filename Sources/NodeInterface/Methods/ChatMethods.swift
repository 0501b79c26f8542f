import Foundation
import MessageContent
import Messaging
import Node

/// `chat.*`: conversations.
enum ChatMethods {
  static let all = [
    list, get, open, key, close, update, timer, defaultTimer, markRead, typing, clear,
  ]

  static let chat = Schema.Property("chat", .identifier("ch_"), "The conversation.")
  private static let mode = Schema.Property(
    "mode", .choice(["off", "after_read", "after_send"]), "From when the seconds count.")
  private static let seconds = Schema.Property.optional(
    "seconds", .integer(0...31_536_000), "How long a message lives, 5 seconds to a year; 0 with off.")

  private static let list = Method(
    "chat.list", "Lists the conversations, the one with the latest message first.", scope: .read,
    parameters: [
      .optional("limit", .integer(1...200), "At most so many; 50 without it."),
      .optional("cursor", .identifier("ch_"), "The last one of the page before."),
      .optional("contact", .identifier("ct_"), "Only with this contact."),
      .optional("kind", .choice(["direct", "secret"]), "Only these."),
    ],
    result: .object([
      .init("chats", .array(InterfaceObject.chatSchema), "A page of them."),
      .optional("cursor", .identifier("ch_"), "For the next page; missing at the end."),
    ]), errors: [.notFound]
  ) { call in
    let limit = Int(call.integer("limit") ?? 50)
    let cursor = try call.optionalText("cursor").map { text throws(InterfaceError) in
      try InterfaceID.chat.row(text, at: "cursor")
    }
    let contact = call.optionalText("contact") == nil ? nil : try call.contact()
    let kind = call.optionalText("kind").map { $0 == "secret" ? ConversationKind.secret : .direct }
    return try await call.read { messenger in
      var last = try cursor.map { try messenger.conversation($0) }
      var chats: [ConversationSummary] = []
      var isMore = true
      while isMore, chats.count < limit {
        let page = try messenger.conversations(after: last, limit: limit - chats.count)
        isMore = page.count == limit - chats.count
        last = page.last ?? last
        chats += page.filter { (contact ?? $0.contact.id) == $0.contact.id && (kind ?? $0.kind) == $0.kind }
      }
      return .object(present: [
        "chats": .array(chats.map { InterfaceObject.chat($0, timer: nil) }),
        "cursor": isMore ? last.map { .string(InterfaceID.chat.text($0.id)) } : nil,
      ])
    }
  }

  private static let get = Method(
    "chat.get", "Returns one conversation, with its timer.", scope: .read, parameters: [chat],
    result: InterfaceObject.chatSchema, errors: [.notFound]
  ) { call in
    let id = try call.chat()
    return try await call.read { try shown(id, $0) }
  }

  private static let open = Method(
    "chat.open", "Returns the conversation with a contact; opens it, or a new secret one, if need be.", scope: .send,
    parameters: [
      .init("contact", .text(most: 64), "A contact's id, or self for notes to yourself."),
      .optional("secret", .boolean, "Open a secret chat, bound to one device of each side."),
    ], result: InterfaceObject.chatSchema, errors: [.notFound, .noSession], network: .background, mutates: true
  ) { call in
    let (name, isSecret) = (try call.text("contact"), call.flag("secret"))
    let wanted = name == "self" ? nil : try call.contact()
    guard wanted != nil || !isSecret else {
      throw InterfaceError.parameter("secret", expected: "left away for notes to yourself")
    }
    return try await call.transaction { messenger in
      guard try !isSecret || !messenger.isCopied() else { throw MessagingError.vaultCopied }
      let contact = try wanted ?? messenger.noteToSelf().id
      _ = try ContactMethods.known(contact, messenger)
      let chat =
        isSecret ? try messenger.openSecretChat(with: contact) : try messenger.directConversation(with: contact)
      return try shown(chat, messenger)
    }
  }

  private static let key = Method(
    "chat.key", "Returns what both sides of a secret chat compare.", scope: .read,
    parameters: [
      chat, .optional("format", .choice(["terminal", "svg", "png"]), "Of the picture; terminal without it."),
    ],
    result: .object([
      .init("digits", .text(), "60 digits, the same on both sides if nobody is between them."),
      .init("picture", .text(), "The same as a picture: lines of text for a terminal, a drawing, or PNG in base64."),
    ]), errors: [.notFound, .noSession]
  ) { call in
    let (id, format) = (try call.chat(), call.optionalText("format"))
    let chats = try await call.read { try $0.secretChats() }
    guard let chat = chats.first(where: { $0.conversation == id }) else {
      throw InterfaceError(.notFound, "There is no such secret chat.")
    }
    guard let key = chat.key else { throw InterfaceError(.noSession, "This secret chat has no key yet, or no more.") }
    let picture =
      switch format {
      case "svg": key.svg
      case "png": Data(key.png).base64EncodedString()
      default: key.terminalLines.joined(separator: "\n")
      }
    return ["digits": .string(key.digits), "picture": .string(picture)]
  }

  private static let close = Method(
    "chat.delete", "Closes a secret chat: its messages are destroyed here, and the other side is asked to do the same.",
    scope: .send, parameters: [chat], result: InterfaceObject.chatSchema, errors: [.notFound, .blocked],
    network: .background, mutates: true
  ) { call in
    let id = try call.chat()
    return try await call.change { messenger in
      try messenger.closeSecretChat(id)
      return try shown(id, messenger)
    }
  }

  private static let update = Method(
    "chat.update", "Mutes or archives a conversation. Nobody is told.", scope: .send,
    parameters: [
      chat, .optional("muteUntil", .integer(0 ... .max), "A time in ms; 0 ends it."),
      .optional("archived", .boolean, "Out of sight until something comes."),
    ], result: InterfaceObject.chatSchema, errors: [.notFound], mutates: true
  ) { call in
    let id = try call.chat()
    let (mutedUntil, isArchived) = (call.integer("muteUntil"), call.value("archived")?.bool)
    return try await call.transaction { messenger in
      _ = try messenger.conversation(id)
      if let mutedUntil { try messenger.mute(conversation: id, until: mutedUntil / 1_000) }
      if let isArchived { try messenger.archive(conversation: id, isArchived) }
      return try shown(id, messenger)
    }
  }

  private static let timer = Method(
    "chat.setTimer", "Lets the messages of a conversation disappear, on both sides, from now on.", scope: .send,
    parameters: [chat, mode, seconds], result: InterfaceObject.chatSchema, errors: [.notFound, .blocked],
    network: .background, mutates: true
  ) { call in
    let (id, setting) = (try call.chat(), try setting(call))
    return try await call.transaction { messenger in
      guard try !messenger.isCopied() else { throw MessagingError.vaultCopied }
      let chat = try messenger.conversation(id)
      // Setting the timer of a stranger's conversation answers them.
      if chat.kind == .direct {
        try messenger.setTimer(setting, with: chat.contact.id)
      } else {
        try messenger.setTimer(setting, conversation: id)
      }
      return try shown(id, messenger)
    }
  }

  private static let defaultTimer = Method(
    "chat.setDefaultTimer", "Sets the timer of conversations that begin from now on.", scope: .send,
    parameters: [mode, seconds],
    result: .object([.init("timer", InterfaceObject.timerSchema, "What holds now.")]), mutates: true
  ) { call in
    let setting = try setting(call)
    return try await call.transaction { messenger in
      try messenger.setDefaultTimer(setting)
      return ["timer": InterfaceObject.timer(try messenger.defaultTimer())]
    }
  }

  private static let markRead = Method(
    "chat.markRead", "Notes messages as read. Their senders are told, unless that is switched off.",
    scope: .read,
    parameters: [
      chat, .optional("upTo", .identifier("ms_"), "The last message that was seen: everything before it counts too."),
      .optional("messages", .array(.identifier("ms_"), most: 1_000), "Or only these."),
    ],
    result: InterfaceObject.chatSchema, errors: [.notFound], network: .background, mutates: true
  ) { call in
    let (id, last, single) = (try call.chat(), call.optionalText("upTo"), call.texts("messages"))
    guard (last == nil) != single.isEmpty else {
      throw InterfaceError.parameter("upTo", expected: "given, unless messages is")
    }
    return try await call.transaction { messenger in
      _ = try messenger.conversation(id)
      if let last {
        try messenger.markRead(conversation: id, upTo: try InterfaceID.messageRow(last, at: "upTo", messenger))
      }
      let rows = try single.map { try InterfaceID.messageRow($0, at: "messages", messenger) }
      try messenger.markRead(rows.filter { try messenger.message($0).conversation == id })
      return try shown(id, messenger)
    }
  }

  private static let typing = Method(
    "chat.typing", "Tells the other side that something is being typed, or not any more. Nothing is kept.",
    scope: .send,
    parameters: [chat, .init("state", .choice(["started", "stopped"]), "Which.")], result: .object([]),
    errors: [.notFound], network: .background
  ) { call in
    let (id, isTyping) = (try call.chat(), try call.text("state") == "started")
    let contact = try await call.read { try $0.conversation(id).contact.id }
    try await call.context.node.sendTyping(isTyping, to: contact)
    return [:]
  }

  private static let clear = Method(
    "chat.clear", "Destroys every message of a conversation on this side. Nobody is told.", scope: .send,
    parameters: [chat], result: InterfaceObject.chatSchema, errors: [.notFound], mutates: true
  ) { call in
    let id = try call.chat()
    return try await call.change { messenger in
      try messenger.clear(conversation: id)
      return try shown(id, messenger)
    }
  }

  private static func shown(_ id: Int64, _ messenger: Messenger) throws -> JSONValue {
    InterfaceObject.chat(try messenger.conversation(id), timer: try messenger.timer(conversation: id).setting)
  }

  private static func setting(_ call: Call) throws -> TimerSetting {
    let seconds = UInt32(clamping: call.integer("seconds") ?? 0)
    let mode: TimerSetting.Mode =
      switch try call.text("mode") {
      case "after_read": .afterRead
      case "after_send": .afterSend
      default: .off
      }
    do throws(ContentError) { return try TimerSetting(mode: mode, seconds: seconds) } catch {
      throw InterfaceError.parameter("seconds", expected: mode == .off ? "0" : "a whole number from 5 to 31536000")
    }
  }
}
