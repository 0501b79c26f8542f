import Ambient
import ArgumentParser
import RelayServer

/// `sotto-relay stats`: how much is there.
struct Stats: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Count what a relay holds.",
    discussion: """
      All mailboxes together; nothing is told of any one. May run while the relay serves.

        sotto-relay stats --data ./relay-data

      "clock lag" is how far deletion stays behind this machine's clock: more than minutes means that the clock jumped or \
      the relay was off for long. Deletion catches up by itself, at most seven times as fast as real time; once you are \
      sure of the clock, `sotto-relay prune` does it at once.
      """)

  @OptionGroup var folder: DataFolder

  func run() throws {
    let statistics = try DataFolder.explaining { () throws(RelayDataError) in
      try RelayMaintenance.statistics(folder: folder.data, clock: SystemWallClock())
    }
    for (name, value) in statistics { print("\(name): \(value)") }
  }
}
