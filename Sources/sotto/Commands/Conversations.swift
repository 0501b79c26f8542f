import Ambient
import ArgumentParser
import NodeInterface

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

  @Flag(help: "Print one JSON object.")
  var json = false

  @OptionGroup var home: HomeOptions

  func run() async throws {
    let seconds = try time.map { text throws(CommandFailure) in try TimerText.seconds(text) }
    let name = name
    let chat = try await home.withInterface { interface in
      var parameters: [String: JSONValue] = ["chat": try await interface.chat(with: name)]
      guard let seconds else { return try await interface.call("chat.get", parameters) }
      let now = SystemWallClock().now().seconds
      parameters["muteUntil"] = .integer(seconds == 0 ? 0 : (now + seconds) * 1_000)
      return try await interface.call("chat.update", parameters)
    }
    if json { return try Output.json(chat) }
    let until = WallTime(milliseconds: chat["muteUntil"]?.integer ?? 0)
    let isMuted = until.seconds > SystemWallClock().now().seconds
    try Output.line(isMuted ? "muted until \(ShownTime.local(until))" : "not muted")
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

  @Flag(help: "Print one JSON object.")
  var json = false

  @OptionGroup var home: HomeOptions

  func run() async throws {
    let (name, undo, json) = (name, undo, json)
    try await home.withInterface { interface in
      let chat = try await interface.chat(with: name)
      let changed = try await interface.call("chat.update", ["chat": chat, "archived": .bool(!undo)])
      if json { try Output.json(changed) }
    }
  }
}
