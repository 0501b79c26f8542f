import ArgumentParser
import Foundation
import ProcessSupport

/// `sotto-bench relay`: what a real relay process does, beside what SQLite alone does on the same disk.
struct RelayBench: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "relay",
    abstract: "Puts, drain, live delivery and idle connections of a relay, beside SQLite alone.",
    discussion: """
      Starts the sotto-relay that lies beside this program on a temporary folder. Producers put 1 KiB envelopes into 200 \
      mailboxes: every one waits for its receipt, which the relay sends after its fsync, before its next put. In turn \
      with the slices of 64 in flight, SQLite inserts the same rows with the same indexes at the same durability (WAL, \
      synchronous=FULL) in one thread of this program, without network, hashes or admission; a ratio is the median of \
      the neighbours' ratios. Beside it stands what the bare disk takes to make as much durable as a group. Then all \
      owners fetch everything and acknowledge it, against SQLite's own paged read and range delete of as many rows; \
      then, once the relay's log has its full length, envelopes go to owners who are connected, beside an echo that only \
      writes and syncs, and beside how often the machine takes a processor away for over a millisecond; then many \
      connections fall silent.

      Clients are one thread of this program, in a process of their own: "own CPU" near 1 means that they are the limit.
      """)

  @Flag(help: "One JSON object a line instead of a table.")
  var json = false

  @Option(help: ArgumentHelp("How long each measurement takes.", valueName: "seconds"))
  var seconds = 5.0

  @Option(help: ArgumentHelp("How many mailboxes.", valueName: "count"))
  var mailboxes = 200

  @Option(help: ArgumentHelp("What to measure: put, drain, live, idle.", valueName: "part"))
  var part = RelayBenchPart.allCases

  func validate() throws {
    guard seconds > 0, seconds <= 600 else { throw ValidationError("--seconds: choose a time up to 600.") }
    guard (1...10_000).contains(mailboxes) else { throw ValidationError("--mailboxes: choose 1 to 10 000.") }
  }

  func run() async throws {
    IdleLoad.raiseDescriptorLimit()
    let folder = try TemporaryFolder()
    let relay = try await RunningRelay.start(dataFolder: folder.path(of: "relay"))
    let report = Report(asJSON: json)
    report.begin()
    let measurements = RelayMeasurements(
      report: report, time: .seconds(seconds), folder: folder, relay: relay,
      mailboxes: try LoadMailboxes(port: relay.port, count: mailboxes))
    var targets: [Target] = []
    if part.contains(.put) { targets += try measurements.puts() }
    if part.contains(.drain) { targets += try measurements.drain() }
    if part.contains(.live) { targets += try measurements.live() }
    try await relay.terminate()
    if part.contains(.idle) { targets += try await measurements.idle() }
    report.end(targets)
  }
}

/// What `--part` takes.
enum RelayBenchPart: String, ExpressibleByArgument, CaseIterable {
  case put
  case drain
  case live
  case idle
}
