import Ambient
import ArgumentParser
import Messaging
import Node

/// `sotto receive`: fetches what waits at the relay, and shows what is new.
struct Receive: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Fetch and show new messages.",
    discussion: """
      Fetches everything that waits at your relay, shows each new message once, sends the receipts that are due, sends \
      what was kept, and ends.

        sotto receive
        sotto receive --save ~/Downloads        also saves the files
        sotto receive --follow                  stays, until Ctrl-C
        sotto receive --json                    one object a line, for programs

      What is shown as text counts as read, and its sender will see ✓✓ read. With --json nothing counts as read. \
      Receipts wait up to 20 s, so that their time tells nobody when you were there; SOTTO_RECEIPTS=instant sends them at \
      once.

      Saved files never replace others: a second photo.png becomes photo-2.png.
      """)

  @Flag(help: "Stay connected, and show messages as they come.")
  var follow = false

  @Flag(help: "Print one JSON object a line; nothing counts as read.")
  var json = false

  @Option(help: ArgumentHelp("A folder to save files in; made if it is missing.", valueName: "dir"))
  var save: String?

  @OptionGroup var home: HomeOptions

  /// A receipt waits at most 20 s.
  private static let receiptTimeLimit = Duration.seconds(20)
  /// For what came while receipts were waited for.
  private static let lastTimeLimit = Duration.seconds(1)

  func run() async throws {
    let node = try home.openNode()
    let files = try save.map { folder throws(CommandFailure) in try SavedFiles(folder: folder) }
    let news = NewMessages(asJSON: json, files: files)
    // What an earlier run has fetched and could not show needs no relay.
    try await node.withMessenger { try news.show($0) }
    if follow {
      try await node.withMessenger { try $0.retryNow() }
      try await node.follow(jitter: SystemPublicRandomness()) { try news.show($0) }
      return
    }
    try await node.openMailboxes()
    try await fetch(node, news)
    try await Waiting.deliver(node, timeLimit: Self.receiptTimeLimit)
    try await fetch(node, news)
    _ = try await node.flush(timeLimit: Self.lastTimeLimit) { _ in false }
    await node.close()
  }

  private func fetch(_ node: Node, _ news: NewMessages) async throws {
    _ = try await node.fetchAll()
    try await node.withMessenger { try news.show($0) }
  }
}
