import Ambient
import NodeInterface

/// A message as the interface describes it, read for showing it. What is not there stays nil.
struct ShownMessage: Sendable {
  struct File: Sendable {
    let blob: String
    /// The conversation that it came in.
    let chat: JSONValue
    let name: String
    let mime: String
    let byteCount: Int64
    /// It is at a relay.
    let isRemote: Bool
  }

  struct Answered: Sendable {
    let isOwn: Bool
    /// How it begins; nil: it is not here, or has ended.
    let text: String?
  }

  let id: String
  let chat: String
  /// What the contact of the chat is called.
  let contact: String
  let isSecret: Bool
  let isOwn: Bool
  /// `queued`, `stored`, `delivered`, `read`, `played` or `failed`.
  let state: String
  let failure: String?
  /// The text, or the caption of the file.
  let text: String
  let file: File?
  /// `text`, `picture`, `voice` or `file`.
  let viewOnce: String?
  let opensOnDevice: Int64?
  let isUnreadable: Bool
  /// `expired`, `deleted` or `viewed`.
  let gone: String?
  /// What it answers.
  let answers: Answered?
  private let info: JSONValue?
  let sentAt: WallTime
  let storedAt: WallTime?
  let deliveredAt: WallTime?
  let readAt: WallTime?
  let playedAt: WallTime?
  let expiresAt: WallTime?
  let editedAt: WallTime?

  init(_ json: JSONValue) {
    func time(_ name: String) -> WallTime? { json[name]?.integer.map { WallTime(milliseconds: $0) } }
    let content = json["content"]
    id = json["message"]?.string ?? ""
    chat = json["chat"]?.string ?? ""
    contact = json["name"]?.string ?? ""
    isSecret = json["secret"] == true
    isOwn = json["direction"] == "out"
    state = json["state"]?.string ?? ""
    failure = json["failure"]?.string
    text = content?["text"]?.string ?? ""
    file = (content?["attachments"]?.array?.first).map { file in
      File(
        blob: file["blob"]?.string ?? "", chat: json["chat"] ?? .null, name: file["name"]?.string ?? "",
        mime: file["mime"]?.string ?? "",
        byteCount: file["size"]?.integer ?? 0, isRemote: file["remote"] == true)
    }
    viewOnce = content?["viewOnce"]?.string
    opensOnDevice = content?["opensOnDevice"]?.integer
    isUnreadable = content?["unreadable"] != nil
    gone = json["gone"]?.string
    info = content?["info"]
    answers = json["replyTo"].map { Answered(isOwn: $0["direction"] == "out", text: $0["text"]?.string) }
    sentAt = time("sentAt") ?? WallTime(milliseconds: 0)
    storedAt = time("storedAt")
    deliveredAt = time("deliveredAt")
    readAt = time("readAt")
    playedAt = time("playedAt")
    expiresAt = time("expiresAt")
    editedAt = time("editedAt")
  }
}

extension ShownMessage {
  /// One sentence about what happened in the conversation; nil for what somebody wrote.
  var infoText: String? {
    guard let info else { return nil }
    let who = info["by"] == "me" ? "You" : ShownText.name(contact)
    switch info["kind"]?.string {
    case "timer_changed":
      let setting = TimerText.text(info["timer"])
      return setting == "off"
        ? "\(who) turned the timer off." : "\(who) set the timer: messages disappear \(setting)."
    case "screenshot": return "\(who) may have captured the screen."
    case "secret_chat_opened": return "\(who) opened this secret chat. Compare its key: sotto secret key NAME."
    case "secret_chat_closed": return "\(who) closed this secret chat; its messages are destroyed here."
    default: return "Something happened that a newer version of sotto shows."
    }
  }

  /// One line on what it answers; nil when it answers nothing.
  var quote: String? {
    guard let answers else { return nil }
    let who = answers.isOwn ? "you" : ShownText.name(contact)
    return "↳ \(who): \(answers.text.map { ShownText.lines($0).joined(separator: " ") } ?? "(original unavailable)")"
  }

  /// Why it has failed, for a person, and what to do about it.
  var failureText: String? {
    switch failure {
    case nil: nil
    case "timeout": "not delivered for 14 days; 'sotto message retry' tries again"
    case "refused": "the recipient's relay refused it"
    case "too_large": "too large for the recipient's relay"
    case "no_device": "the recipient has no device left that it could go to"
    case "file_lost": "the file that was to be sent is gone from this disk: send it again"
    case "contact_silenced": "you blocked or declined this contact before it went out"
    case let other?: other
    }
  }

  /// How far an own message has come.
  var mark: String {
    switch state {
    case "queued": "…"
    case "stored": "✓"
    case "delivered": "✓✓"
    case "read": "✓✓ read"
    case "played": "▶"
    case "failed": "✗"
    default: ""
    }
  }
}
