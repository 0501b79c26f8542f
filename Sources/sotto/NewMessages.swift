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
  /// Bytes of the largest file that may be fetched unasked.
  let largestByteCount: UInt64

  /// - Returns: the files among them that may be fetched unasked.
  @discardableResult
  func show(_ messenger: Messenger) throws -> [MessageView] {
    var fetchable: [MessageView] = []
    while true {
      let after = try messenger.acknowledged(consumer: Self.consumer)
      let events = try messenger.events(after: after, limit: Self.batchSize)
      guard let last = events.last else { return fetchable }
      let messages = events.compactMap { event in
        // An own change needs no telling; content that is gone by now has nothing to show.
        switch event.kind {
        case .messageReceived: event.message
        case .conversationChanged: event.message.flatMap { $0.direction == .incoming ? $0 : nil }
        default: nil
        }
      }
      let strangers = try Set(messenger.contacts().filter { $0.status == .stranger }.map(\.name))
      fetchable += messages.filter { message in
        guard case .attachment(_, let file) = message.body else { return false }
        return file.byteCount <= largestByteCount && !strangers.contains(message.contact)
      }
      if !asJSON { for event in events { note(event) } }
      for message in messages { try show(message, isFromStranger: strangers.contains(message.contact)) }
      if !asJSON { try messenger.markRead(messages.map(\.id)) }
      try messenger.acknowledge(consumer: Self.consumer, upTo: last.seq)
    }
  }

  /// What a person should know beside the messages.
  private func note(_ event: EventView) {
    guard let about = event.about else { return }
    let name = about.contact.map { ShownText.name($0) } ?? "a former contact"
    switch event.kind {
    case .messageUndecryptable:
      Output.note("\(about.count == 1 ? "A message" : "\(about.count) messages") from \(name) cannot be had any more.")
    case .sessionBroken:
      Output.note("What \(name) writes cannot be read here, and renewing has not helped. Write to them, or call them.")
    case .identityChanged:
      Output.note(
        "The devices of \(name) have changed. See 'sotto contact accept-devices \(name)' if you verified them.")
    case .equivocation:
      Output.note(
        "\(name) has two different device lists of one version; nothing is sent. See 'sotto contact accept-devices'.")
    default: return
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
