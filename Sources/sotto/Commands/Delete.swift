import ArgumentParser
import NodeInterface

/// `sotto delete`: destroys messages.
struct Delete: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Delete messages, here or for everyone.",
    discussion: """
      Destroys the keys of messages in this vault; what they said cannot be shown again, not even from a copy of its \
      database.

        sotto messages Bob --ids
        sotto delete ms_5f1c…              only here; nobody is told
        sotto delete ms_5f1c… --everyone   also asks the other side to, for messages that you wrote

      When some cannot be deleted the others are, and the exit code is 12.

      The other side's program does it unless somebody has changed it, and what was read or copied is not undone.
      """)

  @Argument(help: ArgumentHelp("Ids of messages.", valueName: "message"))
  var messages: [String]

  @Flag(help: "Ask the other side to delete them too.")
  var everyone = false

  @Flag(help: "Print one JSON object a message: message, ok, and error if it is not.")
  var json = false

  @OptionGroup var home: HomeOptions

  func run() async throws {
    let ids = try messages.map { text throws(CommandFailure) in try Interface.messageID(text) }
    let (everyone, json) = (everyone, json)
    try await home.withInterface { interface in
      var refused = 0
      for start in stride(from: 0, to: ids.count, by: Self.mostAtOnce) {
        let part = Array(ids[start..<min(start + Self.mostAtOnce, ids.count)])
        let results =
          try await interface.call(
            "message.delete", ["messages": .array(part), "scope": everyone ? "everyone" : "me"])["results"]?.array ?? []
        for result in results {
          if json { try Output.json(result) }
          guard result["ok"] != true else { continue }
          refused += 1
          if !json {
            Output.note("\(result["message"]?.string ?? ""): \(result["error"]?["message"]?.string ?? "")")
          }
        }
      }
      if everyone { try await interface.deliver("The request to delete") }
      if refused > 0 {
        throw CommandFailure(
          .partly, "\(refused) of \(ids.count) messages were not deleted; the others are.",
          next: "See which there are with 'sotto messages NAME --ids'.")
      }
    }
  }

  /// As many as one call takes.
  private static let mostAtOnce = 100
}
