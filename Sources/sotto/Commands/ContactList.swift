import ArgumentParser
import NodeInterface

/// `sotto contact list`: all contacts. No network.
struct ContactList: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "Show your contacts.",
    discussion: """
      Shows each contact with its standing and its address. Needs no network.

        sotto contact list
        sotto contact list --json

      A contact is 'accepted', 'adding' (its relay has not been reached yet), or a 'stranger' who used a public invite: \
      strangers get no receipts until you write to them. 'verified' stands where you compared the safety number.
      """)

  @Flag(help: "Print one JSON object a line, as contact.get returns it.")
  var json = false

  @OptionGroup var home: HomeOptions

  func run() async throws {
    let contacts = try await home.withInterface { try await $0.contacts() }
    for contact in contacts {
      if json {
        try Output.json(contact)
        continue
      }
      func text(_ name: String) -> String { contact[name]?.string ?? "" }
      let status = text("status") == "own" ? "me" : text("status")
      let marks = contact["verified"] == true ? "\(status), verified" : status
      try Output.line("\(ShownText.name(text("name")))  \(marks)  \(text("address"))")
    }
    if contacts.isEmpty {
      Output.note("No contacts yet. Make a link with 'sotto invite', or take one with 'sotto contact add'.")
    }
  }
}
