import ArgumentParser
import NodeInterface

/// `sotto message`: single messages.
struct MessageCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "message",
    abstract: "Do something about single messages.",
    discussion: """
        sotto message retry Bob
        sotto message edit ms_5f1c… 'what I meant to say'
      """,
    subcommands: [MessageRetry.self, MessageEdit.self])
}

/// `sotto message edit`: other words for a message.
struct MessageEdit: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "edit",
    abstract: "Put other words in the place of a message that you wrote.",
    discussion: """
      A text, or the caption of a file, of the last 24 hours, ten times at most. The words of before are destroyed here, and the \
      other side's program is asked to do the same; it shows that the message was edited.

        sotto messages Bob --ids
        sotto message edit ms_5f1c… 'what I meant to say'
      """)

  @Argument(help: ArgumentHelp("The message's id, from 'sotto messages --ids'.", valueName: "message"))
  var message: String

  @Argument(help: ArgumentHelp("The new words; several are joined.", valueName: "text"))
  var text: [String]

  @Flag(help: "Print one JSON object.")
  var json = false

  @OptionGroup var home: HomeOptions

  func run() async throws {
    let parameters: [String: JSONValue] = [
      "message": try Interface.messageID(message), "content": ["text": .string(text.joined(separator: " "))],
    ]
    let json = json
    try await home.withInterface { interface in
      let edited = try await interface.call("message.edit", parameters)
      if json { try Output.json(edited) }
      try await interface.deliver("The edit")
    }
  }
}

/// `sotto message retry`: queues failed messages again.
struct MessageRetry: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "retry",
    abstract: "Send messages again that have failed.",
    discussion: """
      A message that could not be delivered for two weeks, or that the relay refused, has failed. This queues it again, \
      under the same id: whoever has it already sees it once.

        sotto message retry Bob                 all that have failed
        sotto message retry Bob --id HEX        this one
      """)

  @Argument(help: ArgumentHelp("The contact.", valueName: "name"))
  var name: String

  @Option(help: ArgumentHelp("The message's id, from 'sotto messages --ids'.", valueName: "hex"))
  var id: String?

  @OptionGroup var home: HomeOptions

  private static let timeLimit = Duration.seconds(15)

  func run() async throws {
    let name = name
    let wanted = try id.map { text throws(CommandFailure) in try Interface.messageID(text) }
    try await home.withInterface { interface in
      let failed = try await interface.messages(of: try await interface.chat(with: name)).filter {
        $0["state"] == "failed" && (wanted == nil || $0["message"] == wanted)
      }
      guard !failed.isEmpty else {
        throw CommandFailure(
          .notFound, "No such message has failed.", next: "See how far each one is with 'sotto messages NAME'.")
      }
      for message in failed { _ = try await interface.call("message.retry", ["message": message["message"] ?? .null]) }
      try await interface.deliverRest(within: Self.timeLimit)
    }
  }
}
