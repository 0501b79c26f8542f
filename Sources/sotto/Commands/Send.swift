import ArgumentParser
import Foundation
import NodeInterface

/// `sotto send`: writes to a contact.
struct Send: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write to a contact.",
    discussion: """
      Encrypts the message on this machine, hands it to the recipient's relay, and waits up to 30 s until the relay has \
      stored it (✓).

        sotto send Bob Grüezi
        sotto send Bob 'Look at this' --file picture.png
        sotto send Bob --file picture.png
        date | sotto send Bob -
        sotto send Bob 'Only for now' --timer 30s
        sotto send Bob --file picture.png --view-once

      If your relay or the recipient's cannot be reached, the message is kept and goes out with the next command that \
      reaches them (exit code 9): do not send it again.

      A text may have 48 KiB. A file that does not fit into its message (56 KiB with text and name) is encrypted under a key \
      of its own and left at the recipient's relay, for 30 days and up to 1 GiB; an upload that is cut off goes on where \
      it was, with the next command too.
      """)

  @Argument(help: ArgumentHelp("The contact.", valueName: "name"))
  var name: String

  @Argument(
    help: ArgumentHelp("The text; several words are joined. '-' reads it from standard input.", valueName: "text"))
  var text: [String] = []

  @Option(help: ArgumentHelp("A file to go with it.", valueName: "path"))
  var file: String?

  @Flag(help: "To be opened once, with 'sotto open'; you keep no copy.")
  var viewOnce = false

  @Option(
    help: ArgumentHelp(
      "Let this message disappear that long after it was read: 30s, 5m, 1h, 1d, 4w.", valueName: "time"))
  var timer: String?

  @Option(
    help: ArgumentHelp(
      "The message that it answers: its id, as 'sotto messages NAME --ids' shows it.", valueName: "message"))
  var replyTo: String?

  @Flag(help: "Print the message as one JSON object.")
  var json = false

  @OptionGroup var home: HomeOptions

  /// Beyond the 48 KiB of a text: enough to know that it is too long.
  private static let inputBound = 65_536

  func validate() throws {
    if text.isEmpty, file == nil { throw ValidationError("Give a text, or a file with --file PATH.") }
  }

  func run() async throws {
    let file = try file.map { path throws(CommandFailure) in try OutgoingFile(path) }
    let seconds = try timer.map { text throws(CommandFailure) in try TimerText.seconds(text) } ?? 0
    let (name, message) = (
      name,
      OutgoingMessage(
        text: try words(), file: file, isViewOnce: viewOnce, seconds: seconds,
        replyTo: try replyTo.map { text throws(CommandFailure) in try Interface.messageID(text) })
    )
    try await home.withInterface { interface in
      try await message.send(to: try await interface.chat(with: name), interface) { message in
        if json {
          try Output.json(message)
        } else if message["state"] != "queued", message["state"] != "failed" {
          try Output.line(OutgoingMessage.line(message))
        }
      }
    }
  }

  private func words() throws -> String {
    guard text == ["-"] else { return text.joined(separator: " ") }
    var input = Data()
    while input.count <= Self.inputBound, let part = try FileHandle.standardInput.read(upToCount: Self.inputBound),
      !part.isEmpty
    {
      input += part
    }
    guard let text = String(data: input, encoding: .utf8) else {
      throw CommandFailure(.usage, "Standard input is not UTF-8 text.", next: "Send it as a file, with --file PATH.")
    }
    return text.hasSuffix("\n") ? String(text.dropLast()) : text
  }
}
