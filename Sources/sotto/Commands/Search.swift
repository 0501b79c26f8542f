import ArgumentParser
import Messaging
import Node
import Vault

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
    let node = try home.openNode()
    let direction: MessageDirection? = mine ? .outgoing : theirs ? .incoming : nil
    let (words, name, limit) = (words.joined(separator: " "), contact, limit)
    let hits = try await node.withMessenger { messenger in
      let contact = try name.map { try messenger.contact(named: $0).id }
      let query = SearchQuery(words, contact: contact, direction: direction)
      var hits: [SearchHit] = []
      var before: Int64?
      repeat {
        let page = try messenger.search(query, before: before, limit: limit - hits.count)
        hits += page.hits
        before = page.continuesBefore
      } while hits.count < limit && before != nil
      return hits
    }
    for hit in hits {
      if json {
        try Output.object(FoundObject(message: MessageObject(hit.message, showsContact: true, savedAs: nil), hit: hit))
      } else {
        for line in MessageLines(message: hit.message, showsID: true, snippet: hit.snippet.text).all {
          try Output.line(line)
        }
      }
    }
    if hits.isEmpty, !json { Output.note("Nothing was found.") }
  }
}

/// A found message as `--json` prints it: the message, and the part of its text around what was found.
private struct FoundObject: Encodable {
  private enum Key: String, CodingKey { case snippet }

  let message: MessageObject
  let hit: SearchHit

  func encode(to encoder: any Encoder) throws {
    try message.encode(to: encoder)
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(hit.snippet.text, forKey: .snippet)
  }
}
