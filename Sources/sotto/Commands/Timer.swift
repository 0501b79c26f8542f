import ArgumentParser
import MessageContent
import Messaging
import Node

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

  @OptionGroup var home: HomeOptions

  func validate() throws {
    if isDefault, time != nil { throw ValidationError("--default takes no contact.") }
    if !isDefault, name == nil { throw ValidationError("Give a contact, or --default.") }
  }

  func run() async throws {
    if isDefault { return try await runDefault() }
    let wanted = try time.map { text throws(CommandFailure) in try TimerText.setting(text, afterSend: afterSend) }
    let node = try home.openNode()
    let name = name ?? ""
    guard let wanted else {
      let timer = try await node.withMessenger { try $0.timer(with: try $0.contact(named: name).id) }
      return try Output.line(TimerText.text(timer.setting))
    }
    try await node.withMessenger { messenger in
      guard try !messenger.isCopied() else { throw CommandFailure.vaultCopied }
      try messenger.setTimer(wanted, with: try messenger.contact(named: name).id)
    }
    try Output.line(TimerText.text(wanted))
    try await Waiting.deliver("The change", node)
  }

  private func runDefault() async throws {
    let wanted = try name.map { text throws(CommandFailure) in try TimerText.setting(text, afterSend: afterSend) }
    let node = try home.openNode()
    let setting = try await node.withMessenger { messenger in
      if let wanted { try messenger.setDefaultTimer(wanted) }
      return try messenger.defaultTimer()
    }
    try Output.line(TimerText.text(setting))
  }
}
