import ArgumentParser
import NodeInterface

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

  @Flag(help: "Print one JSON object.")
  var json = false

  @OptionGroup var home: HomeOptions

  private static let timeLimit = Duration.seconds(30)

  func run() async throws {
    var parameters: [String: JSONValue] = [
      "link": .string(invite), "waitMs": .integer(Self.timeLimit.components.seconds * 1_000),
    ]
    parameters["nickname"] = name.map(JSONValue.string)
    let added = try await home.withInterface { [parameters] in try await $0.call("invite.accept", parameters) }
    if json {
      try Output.json(added)
    } else {
      try Output.line("Added \(ShownText.name(added["name"]?.string ?? "")), \(added["address"]?.string ?? "").")
    }
    guard added["introduced"] == false else { return }
    let hosts = Set(added["unreachable"]?.array?.compactMap(\.string) ?? [])
    throw hosts.isEmpty
      ? CommandFailure.kept("The introduction", after: Self.timeLimit)
      : CommandFailure.kept("The introduction", unreachable: hosts)
  }
}
