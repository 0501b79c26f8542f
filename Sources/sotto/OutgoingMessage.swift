import Messaging
import Node

/// What a command sends: a text, a file, or both.
struct OutgoingMessage: Sendable {
  /// Bytes of a text or caption.
  private static let textLimit = 49_152

  let text: String
  let file: OutgoingFile?
  let options: SendOptions

  /// Writes it to disk: the file into the message if it fits, beside it if not.
  func enqueue(to contact: Int64, _ node: Node) async throws -> MessageView {
    if file == nil || file?.inline != nil {
      do {
        return try await node.withMessenger {
          try $0.send(text: text, file: file?.inline, to: contact, options: options)
        }
      } catch MessagingError.tooLarge(let limit, let actual) {
        // With a text that is too long by itself nothing is won, and what opens once travels in its message.
        guard file != nil, limit > Self.textLimit, !options.isViewOnce else {
          throw MessagingError.tooLarge(limit: limit, actual: actual)
        }
      }
    }
    guard let file else { throw MessagingError.emptyMessage }
    return try await node.send(
      text: text, fileAt: file.path, name: file.name, mime: file.mime, to: contact, options: options)
  }
}
