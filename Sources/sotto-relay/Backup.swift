import ArgumentParser
import RelayServer

/// `sotto-relay backup`: a consistent copy, also while the relay serves.
struct Backup: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Copy a relay's mailboxes and files.",
    discussion: """
      Makes one consistent copy, also while the relay serves. The file gets its name only once it is whole, verified and \
      on the disk; an existing file is never overwritten. Then all finished files that the relay keeps for its users follow \
      in a new folder, FILE.blobs (hard links on the same disk).

        sotto-relay backup --data ./relay-data --to /backup/relay-monday.sqlite

      Copy relay.key once as well: it never changes, and without it nodes refuse the relay. To restore, put the copy as \
      relay.sqlite, the folder FILE.blobs as blobs, and relay.key into an empty folder (0700) and start the relay on it. What came after the copy is lost \
      then. A copy also keeps what the relay deletes later: delete old copies after 30 days.
      """)

  @OptionGroup var folder: DataFolder

  @Option(help: ArgumentHelp("The new file.", valueName: "file"))
  var to: String

  func validate() throws {
    guard !to.isEmpty else { throw ValidationError("--to: name a file, for example ./relay-backup.sqlite.") }
  }

  func run() throws {
    try DataFolder.explaining { () throws(RelayDataError) in
      try RelayMaintenance.backUp(folder: folder.data, to: to)
    }
    print("copied to \(to)")
  }
}
