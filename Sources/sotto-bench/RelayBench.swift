import ArgumentParser
import Foundation
import ProcessSupport

/// `sotto-bench relay`: durable puts and drain of a real relay process, against SQLite's own on the same disk.
struct RelayBench: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "relay",
    abstract: "Durable puts per second of a relay, against SQLite's own batched insert.",
    discussion: """
      Starts the sotto-relay that lies beside this program on a temporary folder and puts 1 KiB envelopes into 200 \
      mailboxes, closed loop: every put waits for its receipt, which the relay sends after its fsync. In turn with the \
      slices of 64 in flight, SQLite inserts the same rows with the same indexes at the same durability (WAL, \
      synchronous=FULL) in one thread of this program, without network, hashes or admission; the ratio is the median \
      of the neighbours' ratios. Then everything is fetched and acknowledged, against SQLite's own paged read and range delete.
      """)

  /// Slices in turn with SQLite; odd, so that there is a median.
  private static let rounds = 5

  @Flag(help: "One JSON object a line instead of a table.")
  var json = false

  @Option(help: ArgumentHelp("How long each measurement takes.", valueName: "seconds"))
  var seconds = 5.0

  @Option(help: ArgumentHelp("How many mailboxes.", valueName: "count"))
  var mailboxes = 200

  func validate() throws {
    guard seconds > 0, seconds <= 600 else { throw ValidationError("--seconds: choose a time up to 600.") }
    guard (1...10_000).contains(mailboxes) else { throw ValidationError("--mailboxes: choose 1 to 10 000.") }
  }

  func run() async throws {
    let folder = try TemporaryFolder()
    let relay = try await RunningRelay.start(dataFolder: folder.path(of: "relay"))
    let load = try await RelayLoad(relay: relay, mailboxes: mailboxes)
    let time = Duration.seconds(seconds)
    let report = Report(asJSON: json)
    report.begin()

    for inFlight in [1, 16] {
      report.add(
        Figure(name: "relay put", load: "\(inFlight) in flight", rate: try await load.put(inFlight, for: time)))
    }
    let floor = try SQLiteFloor(folder.path(of: "floor.sqlite"), mailboxes: mailboxes)
    var (puts, inserts): ([Rate], [Rate]) = ([], [])
    for _ in 0..<Self.rounds {
      inserts.append(try floor.insert(batch: 64, for: time / Self.rounds))
      puts.append(try await load.put(64, for: time / Self.rounds))
    }
    let ratios = zip(puts, inserts).map { $0.perSecond / $1.perSecond }.sorted()
    report.add(
      Figure(name: "relay put", load: "64 in flight", rate: Rate(joining: puts), ratio: ratios[Self.rounds / 2]))
    report.add(Figure(name: "SQLite insert", load: "batches of 64", rate: Rate(joining: inserts)))
    let large = try SQLiteFloor(folder.path(of: "large.sqlite"), mailboxes: mailboxes).insert(batch: 256, for: time)
    report.add(Figure(name: "SQLite insert", load: "batches of 256", rate: large))

    let drained = try await load.drain()
    let bare = try floor.drain(page: 500)
    report.add(
      Figure(name: "relay drain", load: "pages of 500", rate: drained, ratio: drained.perSecond / bare.perSecond))
    report.add(Figure(name: "SQLite drain", load: "pages of 500", rate: bare))
    try await relay.terminate()
    report.end()
  }
}
