import ArgumentParser
import NodeInterface

/// `sotto bot`: what this account tells as a bot.
struct Bot: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Set the menu of a bot, and see those of others.",
    discussion: """
        sotto bot set help='What I can do' weather='The weather of a place'
        sotto bot commands
        sotto bot commands Bob
        sotto bot clear

      The commands are told to your contacts, end to end encrypted; 'sotto chat' lists them when a slash is typed.
      """,
    subcommands: [BotSet.self, BotClear.self, BotCommandList.self])
}

/// `sotto bot set`.
struct BotSet: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "set", abstract: "Set the whole menu of this account, and mark it as a bot.")

  @Argument(
    help: ArgumentHelp("NAME=DESCRIPTION; a name is of a–z, 0–9 and _, without the slash.", valueName: "command"))
  var commands: [String]

  @Flag(help: "Print one JSON object.")
  var json = false

  @OptionGroup var home: HomeOptions

  func run() async throws {
    let items = try commands.map { text throws(CommandFailure) -> JSONValue in
      guard let equals = text.firstIndex(of: "=") else {
        throw CommandFailure(
          .usage, "This is no command: \(ShownText.path(String(text.prefix(64)))).", next: "Write NAME=DESCRIPTION.")
      }
      return [
        "name": .string(String(text[..<equals])), "description": .string(String(text[text.index(after: equals)...])),
      ]
    }
    let json = json
    try await home.withInterface { interface in
      let menu = try await interface.call("bot.commands.set", ["items": .array(items)])
      if json { try Output.json(menu) }
      try await interface.deliverRest(within: .seconds(30))
    }
  }
}

/// `sotto bot clear`.
struct BotClear: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "clear", abstract: "Take the menu of this account away.")

  @OptionGroup var home: HomeOptions

  func run() async throws {
    try await home.withInterface { interface in
      _ = try await interface.call("bot.commands.clear")
      try await interface.deliverRest(within: .seconds(30))
    }
  }
}

/// `sotto bot commands`. No network.
struct BotCommandList: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "commands", abstract: "Show the menu of this account, or of a contact.")

  @Argument(help: ArgumentHelp("The contact; your own menu without it.", valueName: "name"))
  var name: String?

  @Flag(help: "Print one JSON object a line: name and description.")
  var json = false

  @OptionGroup var home: HomeOptions

  func run() async throws {
    let name = name
    let menu = try await home.withInterface { interface in
      var parameters: [String: JSONValue] = [:]
      if let name { parameters["contact"] = try await interface.contact(named: name) }
      return try await interface.call("bot.commands.get", parameters)
    }
    for command in menu["items"]?.array ?? [] {
      if json {
        try Output.json(command)
      } else {
        let description = ShownText.lines(command["description"]?.string ?? "").joined(separator: " ")
        try Output.line("/\(ShownText.path(command["name"]?.string ?? ""))  \(description)")
      }
    }
  }
}
