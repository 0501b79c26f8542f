import MessageContent
import Messaging

/// `bot.*`: what a bot offers to those who write to it.
enum BotMethods {
  static let all = [set, get, clear]

  static let commandsSchema = Schema.array(
    .object([
      .init(
        "name", .text(most: ContentLimits.commandNameByteCount),
        "What people type behind a slash: a letter, then letters, digits and _; all small."),
      .init("description", .text(most: ContentLimits.commandDescriptionByteCount), "What it does, on one line."),
    ]), most: ContentLimits.commandCount)

  private static let menu = Schema.object([.init("items", commandsSchema, "The commands, in the order of the menu.")])

  private static let set = Method(
    "bot.commands.set", "Sets the menu of this account, and tells it to its contacts. It is marked as a bot by that.",
    scope: .admin,
    parameters: [.init("items", commandsSchema, "All commands, each name once; none takes the menu away.")],
    result: menu, network: .background, mutates: true
  ) { call in
    let commands = try commands(call.value("items")?.array ?? [])
    return try await call.transaction { messenger in
      shown(try messenger.changeProfile(ProfileChange(commands: commands)))
    }
  }

  private static let get = Method(
    "bot.commands.get", "Returns the menu of this account, or of a contact: empty for who is no bot.", scope: .read,
    parameters: [.optional("contact", .identifier("ct_"), "Whose; your own without it.")], result: menu,
    errors: [.notFound]
  ) { call in
    guard call.optionalText("contact") != nil else { return try await call.read { shown(try $0.ownProfile()) } }
    let id = try call.contact()
    return try await call.read { messenger in
      _ = try ContactMethods.known(id, messenger)
      return shown(try messenger.profile(contact: id))
    }
  }

  private static let clear = Method(
    "bot.commands.clear", "Takes the menu of this account away. It stays marked as a bot.", scope: .admin,
    result: menu, network: .background, mutates: true
  ) { call in
    try await call.transaction { shown(try $0.changeProfile(ProfileChange(commands: []))) }
  }

  private static func commands(_ items: [JSONValue]) throws(InterfaceError) -> [BotCommand] {
    var commands: [BotCommand] = []
    for (index, item) in items.enumerated() {
      do throws(ContentError) {
        commands.append(
          try BotCommand(name: item["name"]?.string ?? "", description: item["description"]?.string ?? ""))
      } catch {
        throw error == .notAllowed(.commandName)
          ? .parameter(
            "items[\(index)].name", expected: "1 to 32 of a–z, 0–9 and _, beginning with a letter, without the slash")
          : .parameter("items[\(index)].description", expected: "a text with a visible character")
      }
    }
    return commands
  }

  private static func shown(_ profile: Profile?) -> JSONValue {
    ["items": InterfaceObject.commands(profile?.commands ?? [])]
  }
}
