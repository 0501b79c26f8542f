import ArgumentParser
import Messaging
import Node

/// `sotto delete`: destroys messages.
struct Delete: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Delete messages, here or for everyone.",
    discussion: """
      Destroys the keys of messages in this vault; what they said cannot be shown again, not even from a copy of its \
      database.

        sotto messages Bob --ids
        sotto delete 5f1c…                only here; nobody is told
        sotto delete 5f1c… --everyone     also asks the other side to, for messages that you wrote

      The other side's program does it unless somebody has changed it, and what was read or copied is not undone.
      """)

  @Argument(help: ArgumentHelp("Ids of messages, 32 digits each.", valueName: "message"))
  var messages: [String]

  @Flag(help: "Ask the other side to delete them too.")
  var everyone = false

  @OptionGroup var home: HomeOptions

  func run() async throws {
    let node = try home.openNode()
    try await node.withMessenger { [messages, everyone] messenger in
      let numbers = try messages.map { try MessageReference.number($0, messenger) }
      guard everyone else { return try messenger.deleteForMe(numbers) }
      guard try !messenger.isCopied() else { throw CommandFailure.vaultCopied }
      try messenger.deleteForEveryone(numbers)
    }
    if everyone { try await Waiting.deliver("The request to delete", node) }
  }
}
