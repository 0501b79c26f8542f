import Ambient
import ArgumentParser
import RelayServer

/// `sotto-relay check`: is everything there, and as it was written?
struct Check: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Verify a relay's data.",
    discussion: """
      Reads everything once: SQLite's own integrity, every mailbox's sequence numbers without a hole, every gap with its \
      reason, every envelope's hash, the chain of hashes up to the head, and the counters. Changes nothing, and may run \
      while the relay serves; the relay's log file grows meanwhile.

        sotto-relay check --data ./relay-data

      Ends with 0 and one line if all is well, with 1 and a line for every problem if not. Mailboxes are called by row \
      numbers, which say nothing to others.
      """)

  @OptionGroup var folder: DataFolder

  func run() throws {
    let problems = try DataFolder.explaining { () throws(RelayDataError) in
      try RelayMaintenance.check(folder: folder.data, clock: SystemWallClock())
    }
    guard problems.isEmpty else {
      for problem in problems { print(problem) }
      throw RelayFailure(
        explanation: "\(problems.count) problem\(problems.count == 1 ? "" : "s") in \(folder.data): restore a copy.")
    }
    print("\(folder.data) is whole")
  }
}
