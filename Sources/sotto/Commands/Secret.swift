import ArgumentParser
import Foundation
import NodeInterface

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
}

struct SecretOpen: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "open", abstract: "Open a secret chat. The other side may be away.")

  @Argument(help: ArgumentHelp("The contact.", valueName: "name"))
  var name: String

  @Flag(help: "Print one JSON object.")
  var json = false

  @OptionGroup var home: HomeOptions

  func run() async throws {
    let (name, json) = (name, json)
    try await home.withInterface { interface in
      let chat = try await interface.call(
        "chat.open", ["contact": try await interface.contact(named: name), "secret": true])
      if json { try Output.json(chat) }
      Output.note("The secret chat is open. Compare its key: sotto secret key NAME.")
      try await interface.deliver("The secret chat")
    }
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

  @Flag(help: "Print one JSON object.")
  var json = false

  @OptionGroup var home: HomeOptions

  func run() async throws {
    let (name, format) = (name, png != nil ? "png" : svg ? "svg" : "terminal")
    let key = try await home.withInterface { interface in
      try await interface.call(
        "chat.key", ["chat": try await interface.secretChat(with: name), "format": .string(format)])
    }
    if json { return try Output.json(key) }
    let picture = key["picture"]?.string ?? ""
    if let png { return try Self.write(Data(base64Encoded: picture) ?? Data(), to: png) }
    try Output.line(picture)
    if svg { return }
    var rest = (key["digits"]?.string ?? "")[...]
    while !rest.isEmpty {
      try Output.line(String(rest.prefix(5)))
      rest = rest.dropFirst(5)
    }
  }
}

extension SecretKey {
  private static func write(_ picture: Data, to path: String) throws(CommandFailure) {
    do { try picture.write(to: URL(fileURLWithPath: path), options: .withoutOverwriting) } catch {
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

  @Flag(help: "Print one JSON object.")
  var json = false

  @OptionGroup var home: HomeOptions

  func run() async throws {
    let (name, json, timer) = (name, json, try TimerText.parameters(time, afterSend: afterSend))
    try await home.withInterface { interface in
      let chat = try await interface.call(
        "chat.setTimer", timer.merging(["chat": try await interface.secretChat(with: name)]) { $1 })
      if json { try Output.json(chat) } else { try Output.line(TimerText.text(chat["timer"])) }
      try await interface.deliver("The change")
    }
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

  @Flag(help: "Print one JSON object.")
  var json = false

  @OptionGroup var home: HomeOptions

  func run() async throws {
    let file = try file.map { path throws(CommandFailure) in try OutgoingFile(path) }
    let (name, json) = (name, json)
    let message = OutgoingMessage(text: text.joined(separator: " "), file: file, isViewOnce: viewOnce)
    try await home.withInterface { interface in
      let chat = try await interface.secretChat(with: name)
      try await message.send(to: chat, interface) { message in
        if json {
          try Output.json(message)
        } else if message["state"] != "queued", message["state"] != "failed" {
          try Output.line(OutgoingMessage.line(message))
        }
      }
    }
  }
}

struct SecretMessages: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "messages", abstract: "Show a secret chat. What is shown counts as read. No network.")

  @Argument(help: ArgumentHelp("The contact.", valueName: "name"))
  var name: String

  @Flag(help: "Print one JSON object.")
  var json = false

  @OptionGroup var home: HomeOptions

  func run() async throws {
    let (name, json) = (name, json)
    try await home.withInterface { interface in
      let chat = try await interface.secretChat(with: name, mayBeClosed: true)
      let messages = try await interface.messages(of: chat)
      if let last = messages.last?["message"] {
        _ = try await interface.call("chat.markRead", ["chat": chat, "upTo": last])
      }
      for message in messages {
        guard !json else {
          try Output.json(message)
          continue
        }
        for line in MessageLines(message: ShownMessage(message), showsID: true).all { try Output.line(line) }
      }
    }
  }
}

struct SecretClose: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "close",
    abstract: "Close a secret chat: its messages are destroyed here, and the other side is asked to.")

  @Argument(help: ArgumentHelp("The contact.", valueName: "name"))
  var name: String

  @Flag(help: "Print one JSON object.")
  var json = false

  @OptionGroup var home: HomeOptions

  func run() async throws {
    let (name, json) = (name, json)
    try await home.withInterface { interface in
      let chat = try await interface.call("chat.delete", ["chat": try await interface.secretChat(with: name)])
      if json { try Output.json(chat) }
      try await interface.deliver("The request to close it")
    }
  }
}
