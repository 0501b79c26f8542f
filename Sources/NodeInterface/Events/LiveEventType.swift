import Messaging
import Node

/// The types of events that are told at this moment only: they have no seq, are in no log, and never come again.
package enum LiveEventType: String, CaseIterable, Sendable {
  case typing
  case uploadProgress = "upload.progress"
  case downloadProgress = "download.progress"
  case relayState = "relay.state"

  /// For the reference.
  package var summary: String {
    switch self {
    case .typing: "A contact types, or has stopped: data.contact, data.state is started or stopped."
    case .uploadProgress, .downloadProgress:
      "How far a file is: data.message, data.blob, and data.done and data.total in bytes of the encrypted file."
    case .relayState: "The own relays were reached, or not: data.connected, data.unreachable."
    }
  }
}

/// What happens at this moment, as it is told.
struct LiveEnvelope: Sendable {
  let type: LiveEventType
  /// The row of the conversation, if it is about one.
  let chat: Int64?
  let data: JSONValue

  /// - Returns: nil for what is about something that is not there any more.
  init?(_ event: LiveEvent, _ messenger: Messenger) throws {
    switch event {
    case .typing(let contact, let isTyping):
      type = .typing
      chat = try messenger.directConversation(with: contact)
      data = [
        "contact": .string(InterfaceID.contact.text(contact)), "state": isTyping ? "started" : "stopped",
      ]
    case .transfer(let progress):
      type = progress.direction == .upload ? .uploadProgress : .downloadProgress
      let message: MessageView
      do { message = try messenger.message(progress.message) } catch MessagingError.unknownMessage { return nil }
      chat = message.conversation
      data = [
        "message": .string(InterfaceID.message(message)), "blob": .string(InterfaceID.blob(of: message)),
        "done": .integer(Int64(clamping: progress.done)), "total": .integer(Int64(clamping: progress.total)),
      ]
    case .relays(let isConnected, let unreachable):
      type = .relayState
      chat = nil
      data = ["connected": .bool(isConnected), "unreachable": .strings(unreachable.sorted())]
    }
  }

  func json(account: String, at milliseconds: Int64) -> JSONValue {
    .object(present: [
      "v": 1, "type": .string(type.rawValue), "at": .integer(milliseconds), "account": .string(account),
      "chat": chat.map { .string(InterfaceID.chat.text($0)) }, "live": true, "data": data,
    ])
  }
}

/// Which of many reports on one file are told: four a second, and the last.
struct TransferPace {
  private struct Key: Hashable {
    let direction: TransferProgress.Direction
    let message: Int64
  }

  private static let interval = Duration.milliseconds(250)
  private var told: [Key: ContinuousClock.Instant] = [:]

  mutating func admits(_ progress: TransferProgress, at now: ContinuousClock.Instant) -> Bool {
    let key = Key(direction: progress.direction, message: progress.message)
    if progress.done >= progress.total {
      told[key] = nil
      return true
    }
    if let last = told[key], now - last < Self.interval { return false }
    told[key] = now
    return true
  }
}
