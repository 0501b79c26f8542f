import ArgumentParser
import Messaging
import Node

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

  @OptionGroup var home: HomeOptions

  /// For the fresh sessions to be sent.
  private static let timeLimit = Duration.seconds(15)

  func run() async throws {
    let node = try home.openNode()
    let isAdopted = try await node.adoptVault(timeLimit: Self.timeLimit)
    let left = try await node.withMessenger { try $0.outboxCount() }
    await node.close()
    guard isAdopted else {
      Output.note("This vault is not a copy: nothing was changed.")
      return
    }
    Output.note("This vault is now the only one. Every session with a contact is renewed.")
    if left > 0 { Output.note("\(left) waiting to be sent: kept, and tried again by the next command.") }
  }
}
