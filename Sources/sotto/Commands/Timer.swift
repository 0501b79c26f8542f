import ArgumentParser
import NodeInterface

/// `sotto timer`: how long messages of a conversation live.
struct Timer: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Let the messages of a conversation disappear.",
    discussion: """
      Sets a timer for both sides: from now on every message disappears on each side that long after it was read there (a \
      message that nobody reads after 14 days), or with --after-send that long after it was sent, read or not. Without a \
      time it shows the timer. Either of you may change it, and a line in the conversation says who did. Messages that \
      were sent before keep what they had.

        sotto timer Bob                 shows it
        sotto timer Bob 1h              30s, 5m, 1h, 1d, 4w: 5 seconds to a year
        sotto timer Bob 1d --after-send
        sotto timer Bob off
        sotto timer --default 1w        for conversations that begin from now on

      The keys of messages whose time is over are destroyed in this vault. A timer asks the other side's program to do the \
      same; it cannot stop somebody who copies or photographs what they read.
      """)

  @Argument(help: ArgumentHelp("The contact; with --default only the time.", valueName: "name"))
  var name: String?

  @Argument(help: ArgumentHelp("A time, or 'off'.", valueName: "time"))
  var time: String?

  @Flag(help: "Count from sending instead of reading.")
  var afterSend = false

  @Flag(name: .customLong("default"), help: "For conversations that begin from now on.")
  var isDefault = false

  @Flag(help: "Print the timer as one JSON object.")
  var json = false

  @OptionGroup var home: HomeOptions

  func validate() throws {
    if isDefault, time != nil { throw ValidationError("--default takes no contact.") }
    if !isDefault, name == nil { throw ValidationError("Give a contact, or --default.") }
  }

  func run() async throws {
    if isDefault { return try await runDefault() }
    let wanted = try time.map { text throws(CommandFailure) in try TimerText.parameters(text, afterSend: afterSend) }
    let name = name ?? ""
    try await home.withInterface { interface in
      let chat: [String: JSONValue] = ["chat": try await interface.chat(with: name)]
      guard let wanted else { return try show(try await interface.call("chat.get", chat)["timer"]) }
      try show(try await interface.call("chat.setTimer", chat.merging(wanted) { $1 })["timer"])
      try await interface.deliver("The change")
    }
  }

  private func runDefault() async throws {
    let wanted = try name.map { text throws(CommandFailure) in try TimerText.parameters(text, afterSend: afterSend) }
    let timer = try await home.withInterface { interface in
      guard let wanted else { return try await interface.call("account.get")["defaultTimer"] }
      return try await interface.call("chat.setDefaultTimer", wanted)["timer"]
    }
    try show(timer)
  }

  private func show(_ timer: JSONValue?) throws {
    if json { try Output.json(timer ?? .null) } else { try Output.line(TimerText.text(timer)) }
  }
}
