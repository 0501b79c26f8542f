import Ambient

/// A message as a terminal shows it: one line about it, and what is in it, indented.
///
///     you  2026-11-22 18:45:32  ✓ stored 18:45:33  ✓✓ delivered 18:46:02  ✓✓ read 18:50:11
///       Grüezi!
struct MessageLines {
  private static let indent = "  "

  let message: ShownMessage
  /// The sender has not been accepted yet.
  var isFromStranger = false
  /// Where the file was saved.
  var savedAs: String?
  /// Whether its id is shown.
  var showsID = false
  /// The part of it that was looked for; nil: all of it is shown.
  var snippet: String?

  var all: [String] {
    if let info = message.infoText { return ["--  \(ShownTime.local(message.sentAt))  \(info)"] }
    let id = showsID ? "  \(message.id)" : ""
    let edited = message.editedAt.map { "  edited \(ShownTime.local($0, after: message.sentAt))" } ?? ""
    return [heading + edited + id] + (snippet.map(ShownText.lines) ?? content).map { Self.indent + $0 }
  }

  private var heading: String {
    guard message.isOwn else {
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
    case "queued": return ["… kept here, not at the relay yet"]
    case "failed": return ["✗ failed\(message.failureText.map { ": \($0)" } ?? "")"]
    default: break
    }
    let steps = [
      ("✓ stored", message.storedAt), ("✓✓ delivered", message.deliveredAt), ("✓✓ read", message.readAt),
      ("▶ played", message.playedAt),
    ]
    return steps.compactMap { mark, time in time.map { "\(mark) \(ShownTime.local($0, after: message.sentAt))" } }
  }

  private var content: [String] {
    if let gone = message.gone { return ["(\(gone))"] }
    if message.isUnreadable { return ["(a newer version of sotto is needed to show this)"] }
    if let kind = message.viewOnce { return [viewOnce(kind)] }
    let text = message.text.isEmpty && message.file != nil ? [] : ShownText.lines(message.text)
    return [message.quote].compactMap(\.self) + text + [message.file.map(line)].compactMap(\.self)
  }

  private func viewOnce(_ kind: String) -> String {
    let shown = kind == "voice" ? "voice message" : ShownText.path(kind)
    if let device = message.opensOnDevice { return "[view-once \(shown), open it on device \(device)]" }
    guard !message.isOwn else { return "[view-once \(shown)]" }
    return "[view-once \(shown); it opens once: sotto open \(message.id)\(kind == "text" ? "" : " --to PATH")]"
  }

  private func line(_ file: ShownMessage.File) -> String {
    let line = "[\(ShownText.path(file.name)), \(ShownText.path(file.mime)), \(file.byteCount) bytes]"
    if let savedAs { return "\(line) saved as \(ShownText.path(savedAs))" }
    guard !message.isOwn else { return line }
    return line
      + (file.isRemote
        ? " to fetch it: sotto attachment save \(message.id) --to DIR"
        : " to save it: sotto messages NAME --save DIR")
  }
}
