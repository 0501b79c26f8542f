import ArgumentParser
import Foundation
import Messaging
import Node

/// `sotto secret`: secret chats.
struct Secret: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write in a secret chat, bound to one device of each side.",
    discussion: """
      A secret chat has keys of its own between this device and one of the contact's, a picture to compare, and a timer \
      from the start (a day after reading). It is in no export and no backup, and closing it destroys it on both sides.

        sotto secret open Bob
        sotto secret key Bob              compare it with what Bob sees
        sotto secret timer Bob 5s
        sotto secret send Bob Psst
        sotto secret messages Bob
        sotto secret close Bob

      Ordinary conversations are end-to-end encrypted too. A secret chat leaves less behind; it does not protect you from \
      the person you write to, who can copy or photograph everything.
      """,
    subcommands: [
      SecretOpen.self, SecretKey.self, SecretSetTimer.self, SecretSend.self, SecretMessages.self, SecretClose.self,
    ])

  /// The newest secret chat with a contact that is not closed, or is if nothing else is asked for.
  static func chat(with name: String, _ messenger: Messenger, mayBeClosed: Bool = false) throws -> SecretChatView {
    let chats = try messenger.secretChats(with: try messenger.contact(named: name).id)
    guard let chat = chats.first(where: { !$0.isClosed }) ?? (mayBeClosed ? chats.first : nil) else {
      throw CommandFailure(
        .notFound, "There is no open secret chat with \(ShownText.name(name)).",
        next: "Open one with 'sotto secret open NAME'.")
    }
    return chat
  }
}

struct SecretOpen: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "open", abstract: "Open a secret chat. The other side may be away.")

  @Argument(help: ArgumentHelp("The contact.", valueName: "name"))
  var name: String

  @OptionGroup var home: HomeOptions

  func run() async throws {
    let node = try home.openNode()
    try await node.withMessenger { [name] messenger in
      guard try !messenger.isCopied() else { throw CommandFailure.vaultCopied }
      _ = try messenger.openSecretChat(with: try messenger.contact(named: name).id)
    }
    Output.note("The secret chat is open. Compare its key: sotto secret key NAME.")
    try await Waiting.deliver("The secret chat", node)
  }
}

struct SecretKey: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "key", abstract: "Show the key of a secret chat as a picture and 60 digits. No network.",
    discussion: "Both sides see the same, or somebody is between them.")

  @Argument(help: ArgumentHelp("The contact.", valueName: "name"))
  var name: String

  @Flag(help: "Print the picture as an SVG drawing instead.")
  var svg = false

  @Option(help: ArgumentHelp("Write the picture to a PNG file instead; never replaces one.", valueName: "path"))
  var png: String?

  @OptionGroup var home: HomeOptions

  func run() async throws {
    let node = try home.openNode()
    let chat = try await node.withMessenger { [name] in try Secret.chat(with: name, $0) }
    guard let key = chat.key else {
      throw CommandFailure(
        .failed, "This secret chat has no key yet.", next: "Let 'sotto receive' reach the relay, and try again.")
    }
    if let png { return try Self.write(key.png, to: png) }
    if svg { return try Output.line(key.svg) }
    for line in key.terminalLines { try Output.line(line) }
    var rest = key.digits[...]
    while !rest.isEmpty {
      try Output.line(String(rest.prefix(5)))
      rest = rest.dropFirst(5)
    }
  }
}

extension SecretKey {
  private static func write(_ picture: [UInt8], to path: String) throws(CommandFailure) {
    do { try Data(picture).write(to: URL(fileURLWithPath: path), options: .withoutOverwriting) } catch {
      throw CommandFailure(
        .failed, "The file cannot be made.", next: "Name one that does not exist yet, in a folder that does.")
    }
  }
}

struct SecretSetTimer: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "timer", abstract: "Set the timer of a secret chat: 5s to 365d after reading, or 'off'.")

  @Argument(help: ArgumentHelp("The contact.", valueName: "name"))
  var name: String

  @Argument(help: ArgumentHelp("A time, or 'off'.", valueName: "time"))
  var time: String

  @Flag(help: "Count from sending instead of reading.")
  var afterSend = false

  @OptionGroup var home: HomeOptions

  func run() async throws {
    let setting = try TimerText.setting(time, afterSend: afterSend)
    let node = try home.openNode()
    try await node.withMessenger { [name] messenger in
      try messenger.setTimer(setting, conversation: try Secret.chat(with: name, messenger).conversation)
    }
    try Output.line(TimerText.text(setting))
    try await Waiting.deliver("The change", node)
  }
}

struct SecretSend: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "send", abstract: "Write in a secret chat.")

  @Argument(help: ArgumentHelp("The contact.", valueName: "name"))
  var name: String

  @Argument(help: ArgumentHelp("The text; several words are joined.", valueName: "text"))
  var text: [String] = []

  @Option(help: ArgumentHelp("A file to go with it.", valueName: "path"))
  var file: String?

  @Flag(help: "To be opened once.")
  var viewOnce = false

  @OptionGroup var home: HomeOptions

  func run() async throws {
    let file = try file.map { path throws(CommandFailure) in try OutgoingFile(path) }
    let node = try home.openNode()
    let (contact, chat) = try await node.withMessenger { [name] messenger in
      guard try !messenger.isCopied() else { throw CommandFailure.vaultCopied }
      return (try messenger.contact(named: name).id, try Secret.chat(with: name, messenger).conversation)
    }
    let options = SendOptions(isViewOnce: viewOnce, chat: chat)
    _ = try await OutgoingMessage(text: text.joined(separator: " "), file: file, options: options)
      .enqueue(to: contact, node)
    try await Waiting.deliver("The message", node)
    try Output.line("✓ stored")
  }
}

struct SecretMessages: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "messages", abstract: "Show a secret chat. What is shown counts as read. No network.")

  @Argument(help: ArgumentHelp("The contact.", valueName: "name"))
  var name: String

  @OptionGroup var home: HomeOptions

  func run() async throws {
    let node = try home.openNode()
    let messages = try await node.withMessenger { [name] messenger in
      let chat = try Secret.chat(with: name, messenger, mayBeClosed: true)
      let messages = try messenger.messages(conversation: chat.conversation)
      try messenger.markRead(messages.map(\.id))
      return messages
    }
    for message in messages {
      for line in MessageLines(message: message, showsID: true).all { try Output.line(line) }
    }
  }
}

struct SecretClose: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "close",
    abstract: "Close a secret chat: its messages are destroyed here, and the other side is asked to.")

  @Argument(help: ArgumentHelp("The contact.", valueName: "name"))
  var name: String

  @OptionGroup var home: HomeOptions

  func run() async throws {
    let node = try home.openNode()
    try await node.withMessenger { [name] messenger in
      try messenger.closeSecretChat(try Secret.chat(with: name, messenger).conversation)
    }
    try await Waiting.deliver("The request to close it", node)
  }
}
