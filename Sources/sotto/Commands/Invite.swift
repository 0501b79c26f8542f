import ArgumentParser
import Messaging
import Node

/// `sotto invite`: a link by which others can write to this account.
struct Invite: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make a link by which others can write to you.",
    discussion: """
      Prints the link, and nothing else, on standard output once the relay knows it. It is good for 30 days.

        sotto invite                  for one person: whoever uses it first is your contact
        sotto invite --public         for a web page: whoever uses it is a stranger until you answer

      Hand a link for one person over so that nobody else sees it. Who took it, 'sotto receive' and 'sotto contact list' \
      tell; whether it is the right person, 'sotto contact verify' tells.
      """)

  @Flag(name: .customLong("public"), help: "For everyone who sees it. They get no receipts until you answer.")
  var isPublic = false

  @OptionGroup var home: HomeOptions

  /// How long what waits in the outbox may take once the link is there.
  private static let timeLimit = Duration.seconds(10)

  func run() async throws {
    let node = try home.openNode()
    try Output.line(try await node.invite(isPublic ? .open : .single))
    Output.note(
      isPublic
        ? "Whoever has this link can write to you, for 30 days. They take it with: sotto contact add LINK"
        : "This link is for one person, and good for 30 days. They take it with: sotto contact add LINK")
    try await Waiting.deliver(node, timeLimit: Self.timeLimit)
    await node.close()
  }
}
