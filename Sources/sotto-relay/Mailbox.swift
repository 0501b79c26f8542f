import Ambient
import ArgumentParser
import RelayServer

/// `sotto-relay mailbox …`: what concerns one mailbox.
struct Mailbox: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Do something with one mailbox.",
    discussion: """
      A relay does not know whose a mailbox is: its owner must tell you the id.

        sotto-relay mailbox drop --data ./relay-data ID
      """, subcommands: [Drop.self])

  /// `sotto-relay mailbox drop ID`.
  struct Drop: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Delete a mailbox and everything in it, for good.",
      discussion: """
        Envelopes that nobody has fetched are lost, and their senders are not told. Its owner's node is refused from then \
        on and needs a new mailbox. Stop the relay before.

          sotto-relay mailbox drop --data ./relay-data ID
        """)

    @OptionGroup var folder: DataFolder

    @Argument(help: ArgumentHelp("The mailbox's id, 64 hexadecimal digits.", valueName: "id"))
    var id: String

    func run() throws {
      try DataFolder.explaining { () throws(RelayDataError) in
        try RelayMaintenance.drop(mailbox: id, folder: folder.data, clock: SystemWallClock())
      }
      print("dropped")
    }
  }
}
