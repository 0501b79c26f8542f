import ArgumentParser
import NodeInterface

/// `sotto vault adopt`: takes a copied or restored vault over as the only one.
struct VaultAdopt: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "adopt",
    abstract: "Go on with this copy of a vault, as the only one.",
    discussion: """
      Two copies of one vault must not both send: their keys would be used twice. So the relay lets only one of them go \
      on, and the other says that it is a copy. If the one that went on is lost, take this one over: it gets the mailbox, \
      and begins a fresh session with every contact.

        sotto vault adopt

      Messages that the other copy has received are not here. What your contacts still have is asked for again; of the \
      rest you are told. Do this only when the other copy is gone: if it is started again, it is the one that is stopped.
      """)

  @Flag(help: "Print one JSON object.")
  var json = false

  @OptionGroup var home: HomeOptions

  func run() async throws {
    let done = try await home.withInterface { try await $0.call("store.adopt") }
    if json { try Output.json(done) }
    guard done["adopted"] == true else {
      return Output.note("This vault is not a copy: nothing was changed.")
    }
    Output.note("This vault is now the only one. Every session with a contact is renewed.")
    if let left = done["left"]?.integer, left > 0 {
      Output.note("\(left) waiting to be sent: kept, and tried again by the next command.")
    }
  }
}
