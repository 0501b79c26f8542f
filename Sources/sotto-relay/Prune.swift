import Ambient
import ArgumentParser
import RelayServer

/// `sotto-relay prune`: delete what has expired, by this machine's clock.
struct Prune: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Delete now what has expired.",
    discussion: """
      A running relay does this by itself every minute, but does not believe a clock that jumped ahead. This command does: \
      look at `date` first. Stop the relay before.

        sotto-relay prune --data ./relay-data --compact
      """)

  @OptionGroup var folder: DataFolder

  @Flag(help: "Give free room back to the disk; needs as much room again while it works.")
  var compact = false

  func run() throws {
    try DataFolder.explaining { () throws(RelayDataError) in
      try RelayMaintenance.prune(folder: folder.data, clock: SystemWallClock(), compacts: compact)
    }
    print("pruned \(folder.data)")
  }
}
