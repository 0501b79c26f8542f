import ArgumentParser
import Messaging
import NodeInterface
import NodeServer

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

      A daemon receives by itself: beside one, this shows what has come since the last time.
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
  /// For something to happen, before it is asked again.
  private static let followWait = Duration.seconds(60)

  func validate() throws {
    guard (0...4_096).contains(largest) else { throw ValidationError("--save-up-to is a number of 0 … 4096.") }
  }

  func run() async throws {
    let files = try save.map { folder throws(CommandFailure) in try SavedFiles(folder: folder) }
    try await home.withInterface { interface in
      let news = News(interface: interface, asJSON: json, files: files, largestByteCount: Int64(largest) << 20)
      // What an earlier run has fetched and could not show needs no relay.
      try await save(try await news.show(), files, interface)
      if follow { return try await self.follow(news, files, interface) }
      _ = try await interface.call("sync.fetch")
      try await save(try await news.show(), files, interface)
      try await interface.deliverRest(within: Self.receiptTimeLimit, receipts: true)
      _ = try await interface.call("sync.fetch")
      try await save(try await news.show(), files, interface)
      try await interface.deliverRest(within: Self.lastTimeLimit)
    }
  }

  /// Shows what comes, and fetches files beside it: a large one keeps no message waiting.
  private func follow(_ news: News, _ files: SavedFiles?, _ interface: Interface) async throws {
    let (fetchable, continuation) = AsyncStream<[ShownMessage]>.makeStream()
    try await interface.whileRunning {
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          defer { continuation.finish() }
          while true { continuation.yield(try await news.show(waiting: Self.followWait)) }
        }
        group.addTask {
          for await messages in fetchable { try await save(messages, files, interface) }
        }
        try await group.waitForAll()
      }
    }
  }

  /// Fetches files that are at a relay, if there is a folder for them.
  private func save(_ messages: [ShownMessage], _ files: SavedFiles?, _ interface: Interface) async throws {
    guard let files else { return }
    for message in messages {
      guard let file = message.file else { continue }
      do {
        try SavedAttachment(.string(message.id), try await files.save(file, interface)).show(asJSON: json)
      } catch let error as DaemonClientError {
        // The message is here, and its file can be fetched later.
        let what = CommandFailure(error)?.what ?? "A file was not fetched."
        Output.note("\(what) Later: sotto attachment save \(message.id) --to DIR")
      }
    }
  }
}
