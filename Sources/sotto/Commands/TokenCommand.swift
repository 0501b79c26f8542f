import Ambient
import ArgumentParser
import NodeInterface

/// `sotto token`: who else may use the daemon, over HTTP.
struct TokenCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "token", abstract: "Let programs use the daemon over HTTP, each with its own rights.",
    subcommands: [TokenCreate.self, TokenList.self, TokenRevoke.self])
}

/// `sotto token create`.
struct TokenCreate: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "create", abstract: "Make a token, and print its secret: this once.",
    discussion: """
        sotto token create desk --scope read --scope send
        curl -H "Authorization: Bearer sotto_…" -H 'Content-Type: application/json' \\
          -d '{"jsonrpc":"2.0","id":1,"method":"auth.whoami"}' http://127.0.0.1:8420/api/v1/rpc

      The scopes are read, send, contacts, groups, identity, devices, calls, admin and events. Who has the secret may do what \
      they say: keep it in a file that only its program can read.
      """)

  @Argument(help: "What it is for.")
  var name: String

  @Option(help: ArgumentHelp("What its bearer may do; repeat for more.", valueName: "scope"))
  var scope: [String]

  @Option(help: ArgumentHelp("How many days it is worth something; for ever without it.", valueName: "days"))
  var days: Int?

  @Flag(help: "Print one JSON object.")
  var json = false

  @OptionGroup var home: HomeOptions

  func run() async throws {
    var parameters: [String: JSONValue] = ["name": .string(name), "scopes": .strings(scope)]
    if let days {
      guard (1...36_500).contains(days) else {
        throw CommandFailure(.usage, "--days is from 1 to 36500.", next: "Leave it away for a token without an end.")
      }
      parameters["expiresAt"] = .integer(SystemWallClock().now().milliseconds + Int64(days) * 86_400_000)
    }
    let made = try await home.withInterface { [parameters] in try await $0.call("token.create", parameters) }
    if json { return try Output.json(made) }
    Output.note("This is \(made["id"]?.string ?? ""). Its secret is shown this once:")
    try Output.line(made["secret"]?.string ?? "")
  }
}

/// `sotto token list`.
struct TokenList: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "list", abstract: "List the tokens, not their secrets.")

  @Flag(help: "Print one JSON object a line.")
  var json = false

  @OptionGroup var home: HomeOptions

  func run() async throws {
    for token in try await home.withInterface({ try await $0.call("token.list") })["tokens"]?.array ?? [] {
      if json {
        try Output.json(token)
        continue
      }
      let scopes = token["scopes"]?.array?.compactMap(\.string).joined(separator: ",") ?? ""
      let end = token["expired"] == true ? "  expired" : ""
      try Output.line("\(token["id"]?.string ?? "")  \(ShownText.path(token["name"]?.string ?? ""))  \(scopes)\(end)")
    }
  }
}

/// `sotto token revoke`.
struct TokenRevoke: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "revoke", abstract: "End a token at once, with whatever its bearer is doing.")

  @Argument(help: "Its id, such as tk_1.")
  var id: String

  @OptionGroup var home: HomeOptions

  func run() async throws {
    _ = try await home.withInterface { [id] in try await $0.call("token.revoke", ["id": .string(id)]) }
    Output.note("\(ShownText.path(id)) is revoked.")
  }
}
