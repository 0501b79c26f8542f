import ArgumentParser
import NodeInterface

/// `sotto whoami`: the account in this home. No network.
struct WhoAmI: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "whoami",
    abstract: "Show who you are.",
    discussion: """
      Shows your name, your address, this device and its mailbox. Needs no network.

        sotto whoami
        sotto whoami --json

      With --json, what account.get returns.
      """)

  @Flag(help: "Print one JSON object.")
  var json = false

  @OptionGroup var home: HomeOptions

  func run() async throws {
    let account = try await home.withInterface { try await $0.call("account.get") }
    if json { return try Output.json(account) }
    for line in AccountLines.lines(account) { try Output.line(line) }
  }
}
