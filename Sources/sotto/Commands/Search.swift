import ArgumentParser
import NodeInterface

/// `sotto search`: finds messages. No network.
struct Search: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Find messages by what they say.",
    discussion: """
      Finds messages, and files by their names, the newest first. All words must be there; the beginning of a word is \
      enough, and case and accents do not matter. Words in quotes must follow each other as they stand.

        sotto search harb
        sotto search '"quiet harbour"' --in Bob
        sotto search photo --mine --json

      View-once content and secret chats are never found. The index in the vault knows words only as keyed codes; of \
      messages that disappear it knows nothing. Needs no network, and marks nothing as read.
      """)

  @Argument(help: ArgumentHelp("What to look for.", valueName: "words"))
  var words: [String]

  @Option(name: .customLong("in"), help: ArgumentHelp("Only the conversation with this contact.", valueName: "name"))
  var contact: String?

  @Flag(help: "Only what you wrote.")
  var mine = false

  @Flag(help: "Only what others wrote.")
  var theirs = false

  @Option(help: ArgumentHelp("How many at most.", valueName: "count"))
  var limit = 20

  @Flag(help: "Print one JSON object a line: the message as 'sotto messages --json' does, and a snippet.")
  var json = false

  @OptionGroup var home: HomeOptions

  func validate() throws {
    if mine, theirs { throw ValidationError("Choose one of --mine and --theirs.") }
    guard limit > 0 else { throw ValidationError("--limit starts at 1.") }
  }

  func run() async throws {
    var parameters: [String: JSONValue] = ["query": .string(words.joined(separator: " "))]
    if mine || theirs { parameters["direction"] = mine ? "out" : "in" }
    let (limit, name) = (limit, contact)
    let hits = try await home.withInterface { [parameters] interface in
      var parameters = parameters
      if let name { parameters["contact"] = try await interface.contact(named: name) }
      var hits: [JSONValue] = []
      repeat {
        parameters["limit"] = .integer(min(200, limit - hits.count))
        let page = try await interface.call("message.search", parameters)
        hits += page["hits"]?.array ?? []
        parameters["cursor"] = page["cursor"]
      } while hits.count < limit && parameters["cursor"] != nil
      return hits
    }
    for hit in hits {
      let message = hit["message"] ?? .null
      if json {
        try Output.json(message.with("snippet", hit["snippet"] ?? .null))
      } else {
        let snippet = hit["snippet"]?.string
        for line in MessageLines(message: ShownMessage(message), showsID: true, snippet: snippet).all {
          try Output.line(line)
        }
      }
    }
    if hits.isEmpty, !json { Output.note("Nothing was found.") }
  }
}
