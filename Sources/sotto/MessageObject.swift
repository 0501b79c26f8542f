import ByteLayout
import Messaging
import Vault

/// A message as `--json` prints it. What is not known is left out.
struct MessageObject: Encodable {
  struct File: Encodable {
    let name: String
    let mime: String
    /// How many.
    let bytes: Int
    /// It is at a relay: `sotto attachment save`.
    let remote: Bool
    /// Where `--save` put it.
    let savedAs: String?
  }

  /// The message id that both sides know, 16 bytes in hex.
  let id: String
  /// The contact's name; only from `receive`.
  let contact: String?
  /// `in` or `out`.
  let direction: String
  /// `queued`, `stored`, `delivered`, `read`, `played` or `failed`.
  let state: String
  /// Why it has failed: `timeout`, `refused`, `too_large`, `no_device`, `file_lost`, `contact_silenced`.
  let failure: String?
  /// The text, or the caption of the file; may be empty.
  let text: String
  let file: File?
  /// Why there is neither text nor file: `newer_version`.
  let unreadable: String?
  /// Why the content is gone: `expired`, `deleted` or `viewed`.
  let gone: String?
  /// What `sotto open` opens once: `text`, `picture`, `voice message` or `file`.
  let viewOnce: String?
  /// The number of the other device of this account that opens it, if this one cannot.
  let opensOn: UInt32?
  /// Something that happened in the conversation, in words.
  let info: String?
  /// It is in a secret chat.
  let secret: Bool?
  // ISO 8601, UTC.
  let sentAt: String
  let storedAt: String?
  let deliveredAt: String?
  let readAt: String?
  let playedAt: String?

  init(_ message: MessageView, showsContact: Bool, savedAs: String?) {
    id = Hexadecimal.encode(message.messageID.array)
    contact = showsContact ? message.contact : nil
    direction = message.direction == .incoming ? "in" : "out"
    state =
      switch message.state {
      case .queued: "queued"
      case .stored: "stored"
      case .delivered: "delivered"
      case .read: "read"
      case .played: "played"
      case .failed: "failed"
      }
    failure = message.failure?.name
    text = message.body.text
    file =
      switch message.body {
      case .file(_, let file):
        File(name: file.name, mime: file.mime, bytes: file.bytes.count, remote: false, savedAs: savedAs)
      case .attachment(_, let file):
        File(name: file.name, mime: file.mime, bytes: Int(clamping: file.byteCount), remote: true, savedAs: savedAs)
      case .text, .needsNewerVersion, .viewOnce, .viewOnceElsewhere, .info, .gone: nil
      }
    unreadable =
      switch message.body {
      case .needsNewerVersion: "newer_version"
      default: nil
      }
    if case .gone(let reason) = message.body { gone = reason.text } else { gone = nil }
    switch message.body {
    case .viewOnce(let kind): (viewOnce, opensOn) = (kind.text, nil)
    case .viewOnceElsewhere(let kind, let device): (viewOnce, opensOn) = (kind.text, device)
    default: (viewOnce, opensOn) = (nil, nil)
    }
    if case .info(let line) = message.body { info = line.text(contact: message.contact) } else { info = nil }
    secret = message.isSecret ? true : nil
    sentAt = ShownTime.iso8601(message.sentAt)
    storedAt = message.storedAt.map(ShownTime.iso8601)
    deliveredAt = message.deliveredAt.map(ShownTime.iso8601)
    readAt = message.readAt.map(ShownTime.iso8601)
    playedAt = message.playedAt.map(ShownTime.iso8601)
  }
}

extension MessageBody {
  /// The text, or the caption of the file.
  var text: String {
    switch self {
    case .text(let text): text
    case .file(let caption, _), .attachment(let caption, _): caption
    case .needsNewerVersion, .viewOnce, .viewOnceElsewhere, .info, .gone: ""
    }
  }

  var file: AttachedFile? {
    guard case .file(_, let file) = self else { return nil }
    return file
  }
}
