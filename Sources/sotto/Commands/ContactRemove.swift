import ArgumentParser
import NodeInterface

/// `sotto contact remove`.
struct ContactRemove: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "remove",
    abstract: "Remove a contact, and destroy here what was said with them.",
    discussion: """
      They are not told, and can write to you no more; a new invite begins anew.

        sotto contact remove Bob --erase-history
      """)

  @Argument(help: ArgumentHelp("The contact.", valueName: "name"))
  var name: String

  @Flag(help: "Destroy the messages; without it a contact is removed only if nothing was said.")
  var eraseHistory = false

  @Flag(help: "Print one JSON object.")
  var json = false

  @OptionGroup var home: HomeOptions

  func run() async throws {
    let (name, eraseHistory, json) = (name, eraseHistory, json)
    try await home.withInterface { interface in
      let contact = try await interface.contact(named: name)
      let result = try await interface.call(
        "contact.remove", ["contact": contact, "eraseHistory": .bool(eraseHistory)])
      if json { try Output.json(result) }
      // Opening the mailbox tells the relay which tags are void.
      try await interface.deliver("The change")
    }
  }
}
