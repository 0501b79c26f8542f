import Ambient
import ArgumentParser
import NodeInterface

/// `sotto invite`: links by which others can write to this account.
struct Invite: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make a link by which others can write to you, see and take back links.",
    discussion: """
        sotto invite                  for one person: whoever uses it first is your contact
        sotto invite --public         for a web page: whoever uses it is a stranger until you answer
        sotto invite list             the links that still let somebody in
        sotto invite revoke in_3      takes one back
      """,
    subcommands: [InviteCreate.self, InviteList.self, InviteRevoke.self], defaultSubcommand: InviteCreate.self)
}

/// `sotto invite create`, or only `sotto invite`.
struct InviteCreate: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "create",
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

  @Flag(help: "Print one JSON object.")
  var json = false

  @OptionGroup var home: HomeOptions

  /// How long what waits in the outbox may take once the link is there.
  private static let timeLimit = Duration.seconds(10)

  func run() async throws {
    let kind: JSONValue = isPublic ? "multi" : "single"
    try await home.withInterface { interface in
      let made = try await interface.call("invite.create", ["kind": kind])
      if json { try Output.json(made) } else { try Output.line(made["link"]?.string ?? "") }
      Output.note(
        isPublic
          ? "Whoever has this link can write to you, for 30 days. They take it with: sotto contact add LINK"
          : "This link is for one person, and good for 30 days. They take it with: sotto contact add LINK")
      try await interface.deliverRest(within: Self.timeLimit)
    }
  }
}

/// `sotto invite list`.
struct InviteList: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Show the links that still let somebody in. No network.")

  @Flag(help: "Print one JSON object a line.")
  var json = false

  @OptionGroup var home: HomeOptions

  func run() async throws {
    let invites = try await home.withInterface { try await $0.call("invite.list") }["invites"]?.array ?? []
    for invite in invites {
      if json {
        try Output.json(invite)
        continue
      }
      let until = ShownTime.local(WallTime(milliseconds: invite["expiresAt"]?.integer ?? 0))
      let kind = invite["kind"] == "multi" ? "public" : "for one person"
      try Output.line("\(invite["invite"]?.string ?? "")  \(kind), until \(until)")
      if let link = invite["link"]?.string { try Output.line("  " + link) }
    }
    if invites.isEmpty { Output.note("No link lets anybody in. Make one with 'sotto invite'.") }
  }
}

/// `sotto invite revoke`.
struct InviteRevoke: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "revoke", abstract: "Take a link back: nobody comes by it any more.")

  @Argument(help: ArgumentHelp("The invite, as 'sotto invite list' names it.", valueName: "invite"))
  var invite: String

  @OptionGroup var home: HomeOptions

  func run() async throws {
    let id = JSONValue.string(invite.hasPrefix("in_") ? invite : "in_" + invite)
    try await home.withInterface { interface in
      _ = try await interface.call("invite.revoke", ["invite": id])
      try await interface.deliverRest(within: .seconds(10))
    }
  }
}
