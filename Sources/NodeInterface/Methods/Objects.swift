import Ambient
import ByteLayout
import MessageContent
import Messaging
import Vault

/// How things look in results and events.
enum InterfaceObject {
  static func contact(_ contact: ContactSummary, profile: Profile? = nil) -> JSONValue {
    .object(present: [
      "contact": .string(InterfaceID.contact.text(contact.id)), "name": .string(contact.name),
      "accountId": .string(Hexadecimal.encode(contact.accountID.array)), "address": .string(contact.address),
      "status": .string(contact.status.name),
      "verified": .bool(contact.isVerified), "profile": profile.map(self.profile),
    ])
  }

  static func profile(_ profile: Profile) -> JSONValue {
    [
      "name": .string(profile.name), "about": .string(profile.about), "bot": .bool(profile.isBot),
      "commands": commands(profile.commands),
    ]
  }

  static func commands(_ commands: [BotCommand]) -> JSONValue {
    .array(commands.map { ["name": .string($0.name), "description": .string($0.description)] })
  }

  static let contactSchema = Schema.object([
    .init("contact", .identifier("ct_"), "Its id."), .init("name", .text(), "What you call it."),
    .init("accountId", .text(), "The account, 33 bytes in hex."), .init("address", .text(), "The same, sotto1…."),
    .init("status", .choice(ContactStatus.names), "What it is to you."),
    .init("verified", .boolean, "Whether you have compared the safety number."),
    .optional(
      "profile",
      .object([
        .init("name", .text(), "What they call themselves."), .init("about", .text(), "One line; may be empty."),
        .init("bot", .boolean, "Whether a program answers."),
        .init("commands", BotMethods.commandsSchema, "What it understands, written with a slash before the name."),
      ]), "What they tell of themselves, if they have: their word only. contact.get tells it."),
  ])

  static func chat(_ chat: ConversationSummary, timer: TimerSetting?) -> JSONValue {
    .object(present: [
      "chat": .string(InterfaceID.chat.text(chat.id)), "kind": .string(chat.kind == .secret ? "secret" : "direct"),
      "contact": .string(InterfaceID.contact.text(chat.contact.id)), "name": .string(chat.contact.name),
      "unread": .integer(chat.unreadCount), "muteUntil": .integer(chat.mutedUntil * 1_000),
      "archived": .bool(chat.isArchived), "closed": .bool(chat.isClosed),
      "lastMessageAt": .integer(chat.lastMessageAt.milliseconds), "newest": chat.newest.map { message($0) },
      "timer": timer.map(self.timer),
    ])
  }

  static let chatSchema = Schema.object([
    .init("chat", .identifier("ch_"), "Its id."), .init("kind", .choice(["direct", "secret"]), "What it is."),
    .init("contact", .identifier("ct_"), "With whom."), .init("name", .text(), "What you call them."),
    .init("unread", .integer(0 ... .max), "Messages that you have not read."),
    .init("muteUntil", .integer(), "A time in ms; 0: not muted."), .init("archived", .boolean, "Out of sight."),
    .init("closed", .boolean, "A secret chat that is over."),
    .init("lastMessageAt", .integer(), "When something was said last, in ms."),
    .optional("newest", .anyObject, "The newest message."), .optional("timer", timerSchema, "How long messages live."),
  ])

  static func timer(_ setting: TimerSetting) -> JSONValue {
    let mode =
      switch setting.mode {
      case .off: "off"
      case .afterRead: "after_read"
      case .afterSend: "after_send"
      }
    return ["mode": .string(mode), "seconds": .integer(Int64(setting.seconds))]
  }

  static let timerSchema = Schema.object([
    .init("mode", .choice(["off", "after_read", "after_send"]), "From when the seconds count."),
    .init("seconds", .integer(0...31_536_000), "How long a message lives."),
  ])

  /// A message as it is now: content that is gone is null, and `gone` says why.
  static func message(_ message: MessageView) -> JSONValue {
    var gone: JSONValue?
    if case .gone(let reason) = message.body { gone = .string(reason.name) }
    return .object(present: [
      "message": .string(InterfaceID.message(message)), "chat": .string(InterfaceID.chat.text(message.conversation)),
      "name": .string(message.contact), "secret": .bool(message.isSecret),
      "direction": .string(message.direction == .incoming ? "in" : "out"), "state": .string(message.state.name),
      "replyTo": message.answers.map(answered), "failure": message.failure.map { .string($0.name) },
      "content": content(message), "gone": gone,
      "sentAt": .integer(message.sentAt.milliseconds), "storedAt": message.storedAt.map { .integer($0.milliseconds) },
      "deliveredAt": message.deliveredAt.map { .integer($0.milliseconds) },
      "readAt": message.readAt.map { .integer($0.milliseconds) },
      "playedAt": message.playedAt.map { .integer($0.milliseconds) },
      "rev": message.edit.map { .integer(Int64($0.revision)) },
      "editedAt": message.edit.map { .integer($0.at.milliseconds) },
      "expiresAt": message.goneAt.map { .integer($0.milliseconds) },
    ])
  }

  static let messageSchema = Schema.object([
    .init("message", .identifier("ms_"), "Its id."), .init("chat", .identifier("ch_"), "Where it is."),
    .init("name", .text(), "What you call the contact of the chat."),
    .init("secret", .boolean, "Whether it is in a secret chat."),
    .init("direction", .choice(["in", "out"]), "Who wrote it: out is you."),
    .init("state", .choice(MessageState.names), "How far it has come."),
    .optional("failure", .choice(FailureReason.names), "Why it was given up."),
    .init(
      "content", .optional(.anyObject), "What is in it: text, attachments, viewOnce, opensOnDevice, info, unreadable."),
    .optional("gone", .choice(["expired", "deleted", "viewed"]), "Why the content is null."),
    .optional(
      "replyTo",
      .object([
        .init("message", .identifier("ms_"), "Its id."), .init("direction", .choice(["in", "out"]), "Who wrote it."),
        .init("available", .boolean, "Whether it is here, and can be shown."),
        .optional("text", .text(), "How it begins: its text or caption, or the name of its file."),
      ]), "The message that this one answers, as it is here now: the answer has no copy of it."),
    .init("sentAt", .integer(), "In ms."), .optional("storedAt", .integer(), "When a relay had it."),
    .optional("deliveredAt", .integer(), "When it was delivered."),
    .optional("readAt", .integer(), "When it was read."),
    .optional("playedAt", .integer(), "When it was played."),
    .optional("rev", .integer(1...10), "How often its words were edited; missing when they never were."),
    .optional("editedAt", .integer(), "When they were edited last."),
    .optional("expiresAt", .integer(), "When it will be destroyed, as far as that is known."),
  ])

  /// Characters of a quote.
  private static let quotedLength = 200

  private static func answered(_ answered: AnsweredMessage) -> JSONValue {
    let text: String? =
      switch answered.body {
      case .text(let text): text
      case .file(let caption, let file): caption.isEmpty ? file.name : caption
      case .attachment(let caption, let file): caption.isEmpty ? file.name : caption
      case .needsNewerVersion, .viewOnce, .viewOnceElsewhere, .info, .gone, nil: nil
      }
    return .object(present: [
      "message": .string(InterfaceID.message.rawValue + Hexadecimal.encode(answered.messageID.array)),
      "direction": answered.isOwn ? "out" : "in", "available": .bool(text != nil),
      "text": text.map { .string(String($0.prefix(quotedLength))) },
    ])
  }

  /// The file of a message, if it has one.
  static func attachment(of message: MessageView) -> JSONValue? {
    let (name, mime, size, isRemote): (String, String, Int64, Bool)
    switch message.body {
    case .file(_, let file): (name, mime, size, isRemote) = (file.name, file.mime, Int64(file.bytes.count), false)
    case .attachment(_, let file):
      (name, mime, size, isRemote) = (file.name, file.mime, Int64(clamping: file.byteCount), true)
    default: return nil
    }
    return [
      "blob": .string(InterfaceID.blob(of: message)), "name": .string(name), "mime": .string(mime),
      "size": .integer(size), "remote": .bool(isRemote),
    ]
  }

  private static func content(_ message: MessageView) -> JSONValue {
    switch message.body {
    case .text(let text): return ["text": .string(text)]
    case .file(let caption, _), .attachment(let caption, _):
      return ["text": .string(caption), "attachments": .array([attachment(of: message)].compactMap(\.self))]
    case .needsNewerVersion: return ["unreadable": "newer_version"]
    case .viewOnce(let kind): return ["viewOnce": .string(kind.name)]
    case .viewOnceElsewhere(let kind, let device):
      return ["viewOnce": .string(kind.name), "opensOnDevice": .integer(Int64(device))]
    case .info(let line): return ["info": info(line)]
    case .gone: return .null
    }
  }

  static func info(_ line: InfoLine) -> JSONValue {
    let by: JSONValue = .string(line.isOwn ? "me" : "contact")
    switch line.kind {
    case .timerChanged(let setting): return ["kind": "timer_changed", "by": by, "timer": timer(setting)]
    case .screenshot: return ["kind": "screenshot", "by": by]
    case .secretChatOpened: return ["kind": "secret_chat_opened", "by": by]
    case .secretChatClosed: return ["kind": "secret_chat_closed", "by": by]
    }
  }
}

extension ContactStatus {
  static let names = ["adding", "accepted", "stranger", "blocked", "declined", "own"]
  var name: String { Self.names[Int(rawValue)] }
}

extension MessageState {
  static let names = ["queued", "stored", "delivered", "read", "played", "failed"]
  var name: String { Self.names[Int(rawValue)] }
}

extension FailureReason {
  static let names = allCases.map(\.name)

  var name: String {
    switch self {
    case .timedOut: "timeout"
    case .refused: "refused"
    case .tooLarge: "too_large"
    case .noDevice: "no_device"
    case .fileLost: "file_lost"
    case .contactSilenced: "contact_silenced"
    }
  }
}

extension GoneReason {
  var name: String {
    switch self {
    case .expired: "expired"
    case .deleted: "deleted"
    case .viewed: "viewed"
    }
  }
}

extension ViewOnceKind {
  var name: String {
    switch self {
    case .text: "text"
    case .picture: "picture"
    case .voice: "voice"
    case .file: "file"
    }
  }
}
