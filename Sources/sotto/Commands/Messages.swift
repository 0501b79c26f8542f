import ArgumentParser
import NodeInterface

/// `sotto messages`: a conversation. No network.
struct Messages: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show a conversation, and how far your messages have come.",
    discussion: """
      Shows what was written between you and a contact, oldest first. Needs no network, and marks nothing as read.

        sotto messages Bob
        sotto messages Bob --save ~/Downloads       also saves the files
        sotto messages Bob --json                   one object a line, for programs

      Your own messages show how far they have come, and when: ✓ stored at the recipient's relay, ✓✓ delivered to a \
      device, ✓✓ read. '…' is still kept here, '✗' has failed.
      """)

  @Argument(help: ArgumentHelp("The contact.", valueName: "name"))
  var name: String

  @Flag(
    help: """
      Print one JSON object a line, as message.get returns it: message, direction (in, out), state (queued, stored, \
      delivered, read, played, failed), content (text, attachments), sentAt, storedAt, deliveredAt, readAt (ms, UTC).
      """)
  var json = false

  @Option(help: ArgumentHelp("A folder to save files in; made if it is missing.", valueName: "dir"))
  var save: String?

  @Flag(help: "Show the id of each message, for 'sotto delete' and 'sotto open'.")
  var ids = false

  @OptionGroup var home: HomeOptions

  func run() async throws {
    let name = name
    let files = try save.map { folder throws(CommandFailure) in try SavedFiles(folder: folder) }
    try await home.withInterface { interface in
      for json in try await interface.messages(of: try await interface.chat(with: name)) {
        let message = ShownMessage(json)
        var savedAs: String?
        if let file = message.file, !file.isRemote { savedAs = try await files?.save(file, interface) }
        if self.json {
          try Output.json(savedAs.map { json.with("savedAs", .string($0)) } ?? json)
        } else {
          for line in MessageLines(message: message, savedAs: savedAs, showsID: ids).all { try Output.line(line) }
        }
      }
    }
  }
}
