import ArgumentParser
import NodeInterface

/// `sotto delete`: destroys messages.
struct Delete: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Delete messages, here or for everyone.",
    discussion: """
      Destroys the keys of messages in this vault; what they said cannot be shown again, not even from a copy of its \
      database.

        sotto messages Bob --ids
        sotto delete ms_5f1c…              only here; nobody is told
        sotto delete ms_5f1c… --everyone   also asks the other side to, for messages that you wrote

      The other side's program does it unless somebody has changed it, and what was read or copied is not undone.
      """)

  @Argument(help: ArgumentHelp("Ids of messages.", valueName: "message"))
  var messages: [String]

  @Flag(help: "Ask the other side to delete them too.")
  var everyone = false

  @OptionGroup var home: HomeOptions

  func run() async throws {
    let ids = try messages.map { text throws(CommandFailure) in try Interface.messageID(text) }
    let everyone = everyone
    try await home.withInterface { interface in
      for id in ids {
        _ = try await interface.call(
          "message.delete", ["messages": [id], "scope": everyone ? "everyone" : "me"])
      }
      if everyone { try await interface.deliver("The request to delete") }
    }
  }
}
