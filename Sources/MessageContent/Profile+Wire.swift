extension Profile {
  init(reading wire: Sotto_Content_V1_Profile) throws(ContentError) {
    guard wire.rev > 0 else { throw .notAllowed(.revision) }
    let nameByteCount = wire.name.utf8.count
    guard nameByteCount <= ContentLimits.displayNameByteCount else {
      throw .tooLong(field: .displayName, limit: ContentLimits.displayNameByteCount, actual: nameByteCount)
    }
    // Counted before any of them is looked at.
    guard wire.commands.count <= ContentLimits.commandCount else {
      throw .tooLong(field: .commands, limit: ContentLimits.commandCount, actual: wire.commands.count)
    }
    var commands: [BotCommand] = []
    for command in wire.commands {
      commands.append(try BotCommand(name: command.name, description: command.description_p))
    }
    try self.init(revision: wire.rev, name: wire.name, about: wire.about, isBot: wire.isBot, commands: commands)
  }
}

extension Sotto_Content_V1_Profile {
  init(_ profile: Profile) {
    self.init()
    rev = profile.revision
    name = profile.name
    about = profile.about
    isBot = profile.isBot
    commands = profile.commands.map { command in
      var wire = Sotto_Content_V1_BotCommand()
      wire.name = command.name
      wire.description_p = command.description
      return wire
    }
  }
}
