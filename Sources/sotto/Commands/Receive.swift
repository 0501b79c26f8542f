import Ambient
import ArgumentParser
import ByteLayout
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
        sotto receive --follow --save ~/Downloads --save-up-to 100
        sotto receive --json                    one object a line, for programs

      What is shown as text counts as read, and its sender will see ✓✓ read. With --json nothing counts as read. \
      Receipts wait up to 20 s, so that their time tells nobody when you were there; SOTTO_RECEIPTS=instant sends them at \
      once.

      Saved files never replace others: a second photo.png becomes photo-2.png. Files up to 20 MiB (or --save-up-to) from \
      people whom you answered are fetched with --save; for any other there is 'sotto attachment save'.
      """)

  @Flag(help: "Stay connected, and show messages as they come.")
  var follow = false

  @Flag(help: "Print one JSON object a line; nothing counts as read.")
  var json = false

  @Option(help: ArgumentHelp("A folder to save files in; made if it is missing.", valueName: "dir"))
  var save: String?

  @Option(
    name: .customLong("save-up-to"),
    help: ArgumentHelp("Fetch no file above so many MiB unasked; 0: none.", valueName: "mib"))
  var largest = Int(Messenger.automaticDownloadByteCount >> 20)

  @OptionGroup var home: HomeOptions

  /// A receipt waits at most 20 s.
  private static let receiptTimeLimit = Duration.seconds(20)
  /// For what came while receipts were waited for.
  private static let lastTimeLimit = Duration.seconds(1)

  func validate() throws {
    guard (0...4_096).contains(largest) else { throw ValidationError("--save-up-to is a number of 0 … 4096.") }
  }

  func run() async throws {
    let node = try home.openNode()
    let files = try save.map { folder throws(CommandFailure) in try SavedFiles(folder: folder) }
    let news = NewMessages(asJSON: json, files: files, largestByteCount: UInt64(largest) << 20)
    // What an earlier run has fetched and could not show needs no relay.
    try await save(try await node.withMessenger { try news.show($0) }, node, files)
    if follow { return try await follow(node, news, files) }
    try await node.openMailboxes()
    try await fetch(node, news, files)
    try await Waiting.deliver(node, timeLimit: Self.receiptTimeLimit)
    try await fetch(node, news, files)
    _ = try await node.flush(timeLimit: Self.lastTimeLimit) { _ in false }
    await node.close()
  }

  /// Shows what comes, and fetches files beside it: a large one keeps no message waiting.
  private func follow(_ node: Node, _ news: NewMessages, _ files: SavedFiles?) async throws {
    let (fetchable, continuation) = AsyncStream<[MessageView]>.makeStream()
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        defer { continuation.finish() }
        try await node.follow(jitter: SystemPublicRandomness()) { continuation.yield(try news.show($0)) }
      }
      group.addTask {
        for await messages in fetchable { try await save(messages, node, files) }
      }
      try await group.waitForAll()
    }
  }

  private func fetch(_ node: Node, _ news: NewMessages, _ files: SavedFiles?) async throws {
    _ = try await node.fetchAll()
    try await save(try await node.withMessenger { try news.show($0) }, node, files)
  }

  /// Fetches files that are at a relay, if there is a folder for them.
  private func save(_ messages: [MessageView], _ node: Node, _ files: SavedFiles?) async throws {
    guard let files else { return }
    for message in messages {
      do { try SavedAttachment(message, try await files.save(message, node)).show(asJSON: json) } catch let error
        as NodeFileError
      {
        // The message is here, and its file can be fetched later.
        let what = CommandFailure(error)?.what ?? "A file was not fetched."
        Output.note("\(what) Later: sotto attachment save \(Hexadecimal.encode(message.messageID.array)) --to DIR")
      }
    }
  }
}
