import ArgumentParser
import NodeInterface

/// `sotto message`: single messages.
struct MessageCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "message",
    abstract: "Do something about single messages.",
    discussion: """
        sotto message retry Bob
      """,
    subcommands: [MessageRetry.self])
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
