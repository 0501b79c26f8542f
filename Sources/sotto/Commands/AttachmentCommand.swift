import ArgumentParser
import NodeInterface

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

        sotto attachment save ms_7f0c…e2 --to ~/Downloads

      The message's id is what 'sotto messages NAME' shows beside the file, and "message" with --json. A saved file never \
      replaces another.
      """)

  @Argument(help: ArgumentHelp("The id of the message.", valueName: "message"))
  var message: String

  @Option(help: ArgumentHelp("A folder to save it in; made if it is missing.", valueName: "dir"))
  var to: String

  @Flag(help: "Print one JSON object.")
  var json = false

  @OptionGroup var home: HomeOptions

  func run() async throws {
    let id = try Interface.messageID(message)
    let files = try SavedFiles(folder: to)
    try await home.withInterface { interface in
      guard let file = ShownMessage(try await interface.call("message.get", ["message": id])).file else {
        throw CommandFailure(.notFound, "This message has no file.", next: "See which have with 'sotto messages NAME'.")
      }
      try SavedAttachment(id, try await files.save(file, interface)).show(asJSON: json)
    }
  }
}

/// A file that was saved.
struct SavedAttachment {
  private let message: JSONValue
  private let path: String

  init(_ message: JSONValue, _ path: String) {
    self.message = message
    self.path = path
  }

  func show(asJSON: Bool) throws {
    if asJSON { return try Output.json(["message": message, "savedAs": .string(path)]) }
    try Output.line("  saved as \(ShownText.path(path))")
  }
}
