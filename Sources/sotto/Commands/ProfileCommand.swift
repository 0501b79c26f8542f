import ArgumentParser
import NodeInterface

/// `sotto profile`: what this account tells its contacts of itself.
struct ProfileCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "profile",
    abstract: "See and change what this account tells its contacts of itself.",
    discussion: """
        sotto profile
        sotto profile --name 'Weather' --about 'Tells the weather of a place' --bot on

      Contacts are told end to end encrypted, strangers when you accept them. They go on calling you what they chose; what \
      you say here stands beside it. '--bot off' takes the menu of 'sotto bot set' away too.
      """)

  @Option(help: "What this account calls itself.")
  var name: String?

  @Option(help: "One line about it; an empty one takes it away.")
  var about: String?

  @Option(help: "Whether a program answers.")
  var bot: Settings.Switch?

  @Flag(help: "Print one JSON object.")
  var json = false

  @OptionGroup var home: HomeOptions

  func run() async throws {
    var change: [String: JSONValue] = [:]
    change["name"] = name.map(JSONValue.string)
    change["about"] = about.map(JSONValue.string)
    change["bot"] = bot.map { .bool($0 == .on) }
    let account = try await home.withInterface { [change] interface in
      guard !change.isEmpty else { return try await interface.call("account.get") }
      let account = try await interface.call("account.update", change)
      try await interface.deliverRest(within: .seconds(30))
      return account
    }
    func text(_ name: String) -> String { account[name]?.string ?? "" }
    let isBot = account["bot"] == true
    if json {
      return try Output.json(["name": .string(text("name")), "about": .string(text("about")), "bot": .bool(isBot)])
    }
    try Output.line("name   \(ShownText.name(text("name")))")
    try Output.line("about  \(ShownText.lines(text("about")).joined(separator: " "))")
    try Output.line("bot    \((isBot ? Settings.Switch.on : .off).rawValue)")
  }
}
