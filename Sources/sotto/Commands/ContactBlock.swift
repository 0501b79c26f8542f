import ArgumentParser
import NodeInterface

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

  @Flag(help: "Print one JSON object.")
  var json = false

  @OptionGroup var home: HomeOptions

  func run() async throws {
    let (name, cutOff, json) = (name, cutOff, json)
    try await home.withInterface { interface in
      let contact = try await interface.call(
        "contact.block", ["contact": try await interface.contact(named: name), "cutOff": .bool(cutOff)])
      if json { try Output.json(contact) }
      // Opening the mailbox tells the relay which tags are void.
      if cutOff { try await interface.deliver("The change") }
    }
  }
}

/// `sotto contact unblock`.
struct ContactUnblock: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "unblock", abstract: "Take a block back.")

  @Argument(help: ArgumentHelp("The contact.", valueName: "name"))
  var name: String

  @Flag(help: "Print one JSON object.")
  var json = false

  @OptionGroup var home: HomeOptions

  func run() async throws {
    let (name, json) = (name, json)
    try await home.withInterface { interface in
      let contact = try await interface.call(
        "contact.unblock", ["contact": try await interface.contact(named: name)])
      if json { try Output.json(contact) }
      try await interface.deliver("The new way to write to you")
    }
  }
}
