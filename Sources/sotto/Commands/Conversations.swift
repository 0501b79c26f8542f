import Ambient
import ArgumentParser
import MessageContent
import Messaging
import Node

/// `sotto mute`: no notice of a conversation for a while.
struct Mute: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Mute a conversation for a while. Nobody is told.",
    discussion: """
      A muted conversation stays archived when something new comes, and programs that notify leave it out. Without a time it \
      says how long the conversation is still muted.

        sotto mute Bob 8h
        sotto mute Bob off
      """)

  @Argument(help: ArgumentHelp("The contact.", valueName: "name"))
  var name: String

  @Argument(help: ArgumentHelp("How long: 30s, 5m, 8h, 1d, 4w, up to 365d; or 'off'.", valueName: "time"))
  var time: String?

  @OptionGroup var home: HomeOptions

  func run() async throws {
    let seconds = try time.map { text throws(CommandFailure) in
      Int64(try TimerText.setting(text, afterSend: true).seconds)
    }
    let node = try home.openNode()
    let until = try await node.withMessenger { [name] messenger in
      let conversation = try messenger.conversation(with: try messenger.contact(named: name).id)
      let now = messenger.currentTime.seconds
      if let seconds { try messenger.mute(conversation: conversation, until: seconds == 0 ? 0 : now + seconds) }
      let until = try messenger.mutedUntil(conversation: conversation)
      return until > now ? until : 0
    }
    try Output.line(until == 0 ? "not muted" : "muted until \(ShownTime.local(WallTime(seconds: until)))")
  }
}

/// `sotto archive`: puts a conversation out of sight.
struct Archive: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Put a conversation out of sight, or back. Nobody is told.",
    discussion: "Something new brings it back, unless it is muted.")

  @Argument(help: ArgumentHelp("The contact.", valueName: "name"))
  var name: String

  @Flag(help: "Put it back.")
  var undo = false

  @OptionGroup var home: HomeOptions

  func run() async throws {
    let node = try home.openNode()
    try await node.withMessenger { [name, undo] messenger in
      let contact = try messenger.contact(named: name).id
      try messenger.archive(conversation: try messenger.conversation(with: contact), !undo)
    }
  }
}
