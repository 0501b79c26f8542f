import Ambient
import NodeInterface

/// What a command sends: a text, a file, or both.
struct OutgoingMessage: Sendable {
  /// Bytes of a text or caption.
  private static let textLimit = 49_152
  private static let timeLimit = Duration.seconds(30)
  /// The longest that one call waits.
  private static let callLimit = Duration.seconds(600)

  let text: String
  let file: OutgoingFile?
  var isViewOnce = false
  /// Seconds after reading when it disappears; 0: the timer of the conversation holds.
  var seconds: Int64 = 0
  /// The id of the message that it answers.
  var replyTo: JSONValue?

  /// 30 s, and for a large file as long as it takes at 64 KiB/s.
  private var timeLimit: Duration { Self.timeLimit + .seconds((file?.byteCount ?? 0) / 65_536) }

  /// Writes it to disk, and waits until the recipient's relay has it.
  ///
  /// - Parameter show: is given the message as it is then.
  /// - Throws: ``CommandFailure`` when it has failed, or could not be sent now and is kept.
  func send(to chat: JSONValue, _ interface: Interface, showing show: (JSONValue) throws -> Void) async throws {
    guard text.utf8.count <= Self.textLimit else {
      throw CommandFailure.tooLarge(limit: Self.textLimit, actual: text.utf8.count)
    }
    let clock = ContinuousClock()
    let deadline = clock.now + timeLimit
    func milliseconds() -> JSONValue {
      let left = min(Self.callLimit, max(.zero, clock.now.duration(to: deadline)))
      return .integer(left.components.seconds * 1_000 + left.components.attoseconds / 1_000_000_000_000_000)
    }
    var content: [String: JSONValue] = [:]
    if !text.isEmpty { content["text"] = .string(text) }
    if let file { content["attachments"] = [file.attachment] }
    var parameters: [String: JSONValue] = [
      "chat": chat, "content": .object(content), "viewOnce": .bool(isViewOnce), "wait": "relay",
      "waitMs": milliseconds(),
    ]
    if seconds > 0 { parameters["expires"] = .integer(seconds) }
    parameters["replyTo"] = replyTo
    let sent =
      if file == nil {
        try await interface.call("message.send", parameters)
      } else {
        try await interface.showingProgress(in: chat) { [parameters] in
          try await interface.call("message.send", parameters)
        }
      }
    let id: [String: JSONValue] = ["message": sent["message"] ?? .null]
    var hosts = Set(sent["unreachable"]?.array?.compactMap(\.string) ?? [])
    var message = try await interface.call("message.get", id)
    while message["state"] == "queued", hosts.isEmpty, clock.now < deadline {
      let flushed = try await interface.call("sync.flush", ["timeoutMs": milliseconds()])
      hosts = Set(flushed["unreachable"]?.array?.compactMap(\.string) ?? [])
      message = try await interface.call("message.get", id)
    }
    try show(message)
    switch message["state"] {
    case "failed":
      throw CommandFailure(
        .failed, "The recipient's relay refused the message for good.", next: "Ask the recipient for a new invite.")
    case "queued":
      throw hosts.isEmpty
        ? CommandFailure.kept("The message", after: timeLimit)
        : CommandFailure.kept("The message", unreachable: hosts)
    default: return
    }
  }

  /// One line on a message that its relay has.
  static func line(_ message: JSONValue) -> String {
    let time = message["storedAt"]?.integer ?? message["sentAt"]?.integer ?? 0
    return "✓ stored \(ShownTime.local(WallTime(milliseconds: time)))"
  }
}
