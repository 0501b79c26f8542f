import Messaging
import Vault

/// Shows what the consumer `cli` has not acknowledged yet.
///
/// Shown first, acknowledged after: a program that is killed in between shows a message again, and never loses one.
struct NewMessages: Sendable {
  static let consumer = "cli"
  private static let batchSize = 100

  /// Programs get objects, and decide themselves what was read; people get text, and what is printed counts as read.
  let asJSON: Bool
  let files: SavedFiles?

  func show(_ messenger: Messenger) throws {
    while true {
      let after = try messenger.acknowledged(consumer: Self.consumer)
      let events = try messenger.events(after: after, limit: Self.batchSize)
      guard let last = events.last else { return }
      let messages = events.compactMap { $0.kind == .messageReceived ? $0.message : nil }
      let strangers = try Set(messenger.contacts().filter { $0.status == .stranger }.map(\.name))
      for message in messages { try show(message, isFromStranger: strangers.contains(message.contact)) }
      if !asJSON { try messenger.markRead(messages.map(\.id)) }
      try messenger.acknowledge(consumer: Self.consumer, upTo: last.seq)
    }
  }

  private func show(_ message: MessageView, isFromStranger: Bool) throws {
    let savedAs = try message.body.file.flatMap { try files?.save($0) }
    if asJSON {
      try Output.object(MessageObject(message, showsContact: true, savedAs: savedAs))
    } else {
      for line in MessageLines(message: message, isFromStranger: isFromStranger, savedAs: savedAs).all {
        try Output.line(line)
      }
    }
  }
}
