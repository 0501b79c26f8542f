import Ambient
import ArgumentParser
import Foundation
import Messaging
import Node
import NodeInterface
import NodeServer

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

  @Flag(help: "Print the message as one JSON object.")
  var json = false

  @OptionGroup var home: HomeOptions

  private static let timeLimit = Duration.seconds(30)
  /// Beyond the 48 KiB of a text: enough to know that it is too long.
  private static let inputBound = 65_536

  func validate() throws {
    if text.isEmpty, file == nil { throw ValidationError("Give a text, or a file with --file PATH.") }
  }

  func run() async throws {
    let file = try file.map { path throws(CommandFailure) in try OutgoingFile(path) }
    let text = try words()
    let seconds = try timer.map { text throws(CommandFailure) in try TimerText.seconds(text) }
    let limits = seconds.map { MessageLimits(readSeconds: $0, maximumAgeSeconds: 0) }
    let options = SendOptions(limits: limits, isViewOnce: viewOnce)
    if let daemon = try await home.daemonInUse() { return try await send(text, file, seconds, by: daemon) }
    let node = try home.openNode()
    let contact = try await node.withMessenger { [name] messenger in
      guard try !messenger.isCopied() else { throw CommandFailure.vaultCopied }
      return try messenger.contact(named: name).id
    }
    let message = try await OutgoingMessage(text: text, file: file, options: options).enqueue(to: contact, node)
    let outcome = try await node.deliverOutbox(timeLimit: Self.timeLimit(for: file)) {
      try $0.message(message.id).state != .queued
    }
    await node.close()
    try report(try await node.withMessenger { try $0.message(message.id) }, outcome)
  }

  /// Lets a running daemon send it, which has the vault.
  private func send(_ text: String, _ file: OutgoingFile?, _ seconds: UInt32?, by daemon: DaemonClient) async throws {
    let limit = Self.timeLimit(for: file)
    let (name, viewOnce) = (name, viewOnce)
    let message = try await daemon.converse { daemon in
      let contacts = try await daemon.call("contact.list", ["query": .string(name)])["contacts"]?.array ?? []
      guard let contact = contacts.first(where: { $0["name"] == .string(name) })?["contact"] else {
        throw MessagingError.unknownContact(name)
      }
      let chat = try await daemon.call("chat.open", ["contact": contact])["chat"] ?? .null
      var content: [String: JSONValue] = [:]
      if !text.isEmpty { content["text"] = .string(text) }
      if let file {
        content["attachments"] = [
          ["path": .string(file.absolutePath), "name": .string(file.name), "mime": .string(file.mime)]
        ]
      }
      var parameters: [String: JSONValue] = [
        "chat": chat, "content": .object(content), "viewOnce": .bool(viewOnce), "wait": "relay",
        "waitMs": .integer(min(600_000, limit.components.seconds * 1_000)),
      ]
      if let seconds, seconds > 0 { parameters["expires"] = .integer(Int64(seconds)) }
      let sent = try await daemon.call("message.send", parameters)
      return try await daemon.call("message.get", ["message": sent["message"] ?? .null])
    }
    if json { return try Output.line(String(decoding: JSONText.bytes(message), as: UTF8.self)) }
    switch message["state"]?.string {
    case "queued": throw CommandFailure.kept("The message", after: limit)
    case "failed":
      throw CommandFailure(
        .failed, "The recipient's relay refused the message for good.", next: "Ask the recipient for a new invite.")
    default:
      let time = message["storedAt"]?.integer ?? message["sentAt"]?.integer ?? 0
      try Output.line("✓ stored \(ShownTime.local(WallTime(milliseconds: time)))")
    }
  }

  /// 30 s, and for a large file as long as it takes at 64 KiB/s.
  private static func timeLimit(for file: OutgoingFile?) -> Duration {
    timeLimit + .seconds((file?.byteCount ?? 0) / 65_536)
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

  private func report(_ message: MessageView, _ outcome: FlushOutcome) throws {
    if json {
      try Output.object(MessageObject(message, showsContact: true, savedAs: nil))
    }
    switch (message.state, outcome) {
    case (.failed, _):
      throw CommandFailure(
        .failed, "The recipient's relay refused the message for good.",
        next: "Ask the recipient for a new invite.")
    case (.queued, .unreachable(let hosts)): throw CommandFailure.kept("The message", unreachable: hosts)
    case (.queued, _): throw CommandFailure.kept("The message", after: Self.timeLimit)
    default:
      guard !json else { return }
      try Output.line("✓ stored \(ShownTime.local(message.storedAt ?? message.sentAt))")
    }
  }
}
