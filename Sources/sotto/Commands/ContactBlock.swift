import ArgumentParser
import Messaging
import Node

/// `sotto contact block`.
struct ContactBlock: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "block",
    abstract: "Show nothing more of a contact, and send them nothing.",
    discussion: """
      They are not told: what they write is stored at your relay and never shown.

        sotto contact block Bob
        sotto contact block Bob --cut-off     also takes back their right to write to your mailbox: they notice that
        sotto contact unblock Bob
      """)

  @Argument(help: ArgumentHelp("The contact.", valueName: "name"))
  var name: String

  @Flag(help: "Also take back their right to put messages into your mailbox.")
  var cutOff = false

  @OptionGroup var home: HomeOptions

  func run() async throws {
    let node = try home.openNode()
    try await node.withMessenger { [name, cutOff] in
      try $0.block(contact: try $0.contact(named: name).id, cutsOff: cutOff)
    }
    // Opening the mailbox tells the relay which tags are void.
    if cutOff { try await node.openMailboxes() }
    await node.close()
  }
}

/// `sotto contact unblock`.
struct ContactUnblock: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "unblock", abstract: "Take a block back.")

  @Argument(help: ArgumentHelp("The contact.", valueName: "name"))
  var name: String

  @OptionGroup var home: HomeOptions

  func run() async throws {
    let node = try home.openNode()
    try await node.withMessenger { [name] in try $0.unblock(contact: try $0.contact(named: name).id) }
    try await Waiting.deliver("The new way to write to you", node)
  }
}
