import ByteLayout
import MessageContent
import Messaging
import Vault

/// A message as a terminal shows it: one line about it, and what is in it, indented.
///
///     you  2026-11-22 18:45:32  ✓ stored 18:45:33  ✓✓ delivered 18:46:02  ✓✓ read 18:50:11
///       Grüezi!
struct MessageLines {
  private static let indent = "  "

  let message: MessageView
  /// The sender has not been accepted yet.
  var isFromStranger = false
  /// Where the file was saved.
  var savedAs: String?
  /// Whether its id is shown.
  var showsID = false
  /// The part of it that was looked for; nil: all of it is shown.
  var snippet: String?

  var all: [String] {
    if case .info(let line) = message.body {
      return ["--  \(ShownTime.local(message.sentAt))  \(line.text(contact: message.contact))"]
    }
    let id = showsID ? "  \(Hexadecimal.encode(message.messageID.array))" : ""
    return [heading + id] + (snippet.map(ShownText.lines) ?? content).map { Self.indent + $0 }
  }

  private var heading: String {
    guard message.direction == .outgoing else {
      let stranger = isFromStranger ? " (a stranger until you answer: sees no receipts)" : ""
      let secret = message.isSecret ? " (secret chat)" : ""
      return "\(ShownText.name(message.contact))\(stranger)\(secret)  \(ShownTime.local(message.sentAt))"
    }
    let to = snippet == nil ? "you" : "you to \(ShownText.name(message.contact))"
    return ([to, ShownTime.local(message.sentAt)] + progress).joined(separator: "  ")
  }

  /// How far an own message has come, and when.
  private var progress: [String] {
    switch message.state {
    case .queued: return ["… kept here, not at the relay yet"]
    case .failed: return ["✗ failed\(message.failure.map { ": \($0.explanation)" } ?? "")"]
    case .stored, .delivered, .read, .played: break
    }
    let steps = [
      ("✓ stored", message.storedAt), ("✓✓ delivered", message.deliveredAt), ("✓✓ read", message.readAt),
      ("▶ played", message.playedAt),
    ]
    return steps.compactMap { mark, time in time.map { "\(mark) \(ShownTime.local($0, after: message.sentAt))" } }
  }

  private var content: [String] {
    switch message.body {
    case .text(let text): return ShownText.lines(text)
    case .attachment(let caption, let file):
      let line = "[\(ShownText.path(file.name)), \(ShownText.path(file.mime)), \(file.byteCount) bytes]"
      let hint =
        message.direction == .incoming
        ? " to fetch it: sotto attachment save \(Hexadecimal.encode(message.messageID.array)) --to DIR" : ""
      return (caption.isEmpty ? [] : ShownText.lines(caption)) + [line + hint]
    case .needsNewerVersion: return ["(a newer version of sotto is needed to show this)"]
    case .gone(let reason): return ["(\(reason.text))"]
    case .info(let line): return [line.text(contact: message.contact)]
    case .viewOnce(let kind):
      guard message.direction == .incoming else { return ["[view-once \(kind.text)]"] }
      let id = Hexadecimal.encode(message.messageID.array)
      return ["[view-once \(kind.text); it opens once: sotto open \(id)\(kind == .text ? "" : " --to PATH")]"]
    case .viewOnceElsewhere(let kind, let device):
      return ["[view-once \(kind.text), open it on device \(device)]"]
    case .file(let caption, let file):
      let saved =
        savedAs.map { "saved as \(ShownText.path($0))" }
        ?? (message.direction == .incoming ? "to save it: sotto messages NAME --save DIR" : "")
      let line = "[\(ShownText.path(file.name)), \(ShownText.path(file.mime)), \(file.bytes.count) bytes]"
      return (caption.isEmpty ? [] : ShownText.lines(caption)) + [saved.isEmpty ? line : "\(line) \(saved)"]
    }
  }
}

extension FailureReason {
  /// For a person, and what to do about it.
  var explanation: String {
    switch self {
    case .timedOut: "not delivered for 14 days; 'sotto message retry' tries again"
    case .refused: "the recipient's relay refused it"
    case .tooLarge: "too large for the recipient's relay"
    case .noDevice: "the recipient has no device left that it could go to"
    case .fileLost: "the file that was to be sent is gone from this disk: send it again"
    case .contactSilenced: "you blocked or declined this contact before it went out"
    }
  }

  /// As `--json` names it.
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
