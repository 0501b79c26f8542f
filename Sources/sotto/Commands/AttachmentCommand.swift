import ArgumentParser
import ByteLayout
import Messaging
import Node
import Vault

/// `sotto attachment`: files that are too large for a message.
struct AttachmentCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "attachment", abstract: "Fetch files that are too large for a message.",
    subcommands: [AttachmentSave.self])
}

/// `sotto attachment save`: fetches the file of one message.
struct AttachmentSave: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "save", abstract: "Fetch the file of a message from the relay, verify it and save it.",
    discussion: """
      Goes on where an earlier attempt was cut off. Nothing is saved that is not byte for byte what the sender sent.

        sotto attachment save 7f0c…e2 --to ~/Downloads

      The message's number is what 'sotto messages NAME' shows beside the file, and "id" with --json. A saved file never \
      replaces another.
      """)

  @Argument(help: ArgumentHelp("The message: 32 hexadecimal digits.", valueName: "message"))
  var message: String

  @Option(help: ArgumentHelp("A folder to save it in; made if it is missing.", valueName: "dir"))
  var to: String

  @Flag(help: "Print one JSON object.")
  var json = false

  @OptionGroup var home: HomeOptions

  func run() async throws {
    guard let bytes = try? Hexadecimal.decode(message), let id = try? FixedBytes<16>(bytes) else {
      throw ValidationError("MESSAGE is 32 hexadecimal digits, as 'sotto messages NAME' shows them.")
    }
    let node = try home.openNode()
    let found = try await node.withMessenger { try $0.message(messageID: id) }
    let path = try await SavedFiles(folder: to).save(found, node)
    await node.close()
    try SavedAttachment(found, path).show(asJSON: json)
  }
}

/// A file that was fetched from a relay and saved.
struct SavedAttachment: Encodable {
  /// Of the message, 16 bytes in hex.
  let id: String
  let savedAs: String

  init(_ message: MessageView, _ path: String) {
    id = Hexadecimal.encode(message.messageID.array)
    savedAs = path
  }

  func show(asJSON: Bool) throws {
    if asJSON { try Output.object(self) } else { try Output.line("  saved as \(ShownText.path(savedAs))") }
  }
}
