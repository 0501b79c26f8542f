import ArgumentParser
import Messaging
import Node

/// `sotto contact add`: takes an invite, and introduces this account.
struct ContactAdd: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "add",
    abstract: "Take an invite.",
    discussion: """
      Adds the account that the invite leads to, and introduces you to it with your name. Put the link in quotes.

        sotto contact add 'sotto://127.0.0.1:8440/#sotto1…/…' --as Bob

      If the relay cannot be reached, the contact is kept and the introduction goes out later (exit code 9).
      """)

  @Argument(help: ArgumentHelp("The link that the other side's 'sotto invite' printed.", valueName: "invite"))
  var invite: String

  @Option(name: .customLong("as"), help: ArgumentHelp("What you call them; nobody else sees it.", valueName: "name"))
  var name: String?

  @OptionGroup var home: HomeOptions

  private static let timeLimit = Duration.seconds(30)

  func run() async throws {
    let node = try home.openNode()
    let (contact, others) = try await node.withMessenger { [invite, name] messenger in
      guard try !messenger.isCopied() else { throw CommandFailure.vaultCopied }
      let others = try messenger.outboxCount()
      return (try messenger.addContact(invite: invite, as: name), others)
    }
    try Output.line("Added \(ShownText.name(contact.name)), \(contact.address).")
    // What waits for other relays does not hold this up.
    let isIntroduced: @Sendable (Messenger) throws -> Bool = { messenger in
      try messenger.contact(named: contact.name).status != .adding && messenger.outboxCount() <= others
    }
    let outcome = try await node.deliverOutbox(timeLimit: Self.timeLimit, until: isIntroduced)
    await node.close()
    if try await node.withMessenger(isIntroduced) { return }
    if case .unreachable(let hosts) = outcome { throw CommandFailure.kept("The introduction", unreachable: hosts) }
    throw CommandFailure.kept("The introduction", after: Self.timeLimit)
  }
}
