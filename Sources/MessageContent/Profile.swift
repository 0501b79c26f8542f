/// What an account tells its contacts of itself (Protocol §8). All of it are claims.
package struct Profile: Hashable, Sendable {
  /// What a sequence number may be at most: 2^63 − 1.
  package static let maximumRevision = UInt64(Int64.max)

  /// Grows with every change; 0: nothing was told yet.
  package let revision: UInt64
  /// What the account calls itself, cleaned by ``DisplayName/cleaned(_:)``.
  package let name: String
  /// One line, at most 512 bytes; empty: nothing.
  package let about: String
  /// Whether a program answers.
  package let isBot: Bool
  /// What the program understands: at most 64 commands with different names.
  package let commands: [BotCommand]

  /// Cleans the texts.
  ///
  /// - Throws: ``ContentError`` for a revision over 2^63 − 1, texts or a menu that are too long, a command twice, and a
  ///   menu of an account that is no bot.
  package init(
    revision: UInt64, name: String, about: String, isBot: Bool, commands: [BotCommand]
  ) throws(ContentError) {
    guard revision <= Self.maximumRevision else { throw .notAllowed(.revision) }
    guard commands.count <= ContentLimits.commandCount else {
      throw .tooLong(field: .commands, limit: ContentLimits.commandCount, actual: commands.count)
    }
    guard isBot || commands.isEmpty else { throw .notAllowed(.commands) }
    guard Set(commands.map(\.name)).count == commands.count else { throw .notAllowed(.commandName) }
    self.revision = revision
    self.name = DisplayName.cleaned(name)
    self.about = try TextScalars.cleanedLine(about, field: .about, limit: ContentLimits.aboutByteCount)
    self.isBot = isBot
    self.commands = commands
  }
}

/// What a bot understands: one line of its menu.
package struct BotCommand: Hashable, Sendable {
  /// 1 … 32 of a–z, 0–9 and _, beginning with a letter; people write a slash before it.
  package let name: String
  /// One line, 1 … 128 bytes.
  package let description: String

  /// Cleans the description.
  ///
  /// - Throws: ``ContentError`` for a name of anything else, and for a description that is too long or of which nothing is
  ///   left.
  package init(name: String, description: String) throws(ContentError) {
    let isName =
      name.utf8.count <= ContentLimits.commandNameByteCount
      && name.utf8.first.map { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) } == true
      && name.utf8.allSatisfy { byte in
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
          || byte == UInt8(ascii: "_")
      }
    guard isName else { throw .notAllowed(.commandName) }
    self.name = name
    self.description = try TextScalars.cleanedLine(
      description, field: .commandDescription, limit: ContentLimits.commandDescriptionByteCount)
    guard TextScalars.isVisible(self.description) else { throw .missing(.commandDescription) }
  }
}

extension TextScalars {
  /// A text on one line: no control characters, no directional controls, no white space at its ends.
  ///
  /// - Throws: ``ContentError/tooLong(field:limit:actual:)``.
  fileprivate static func cleanedLine(_ text: String, field: ContentField, limit: Int) throws(ContentError) -> String {
    guard text.utf8.count <= limit else { throw .tooLong(field: field, limit: limit, actual: text.utf8.count) }
    return trimmed(strippedName(text)) { $0.properties.isWhitespace }
  }
}
