import Ambient
import ArgumentParser
import Foundation
import RelayServer

/// `sotto-relay token …`: who may open a mailbox at a relay with `registration: token`.
struct Token: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make, list and revoke registration tokens.",
    discussion: """
      With --registration token, a new mailbox needs a token; mailboxes that are there do not. All three commands work \
      while the relay runs.

        sotto-relay token create --data ./relay-data --uses 5 --days 14

      Hand the token to people in private; they give it to `sotto init --registration-token TOKEN`.
      """, subcommands: [Create.self, List.self, Revoke.self])

  struct Create: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make a token and print it; it is kept as a hash only.",
      discussion: "  sotto-relay token create --data ./relay-data")

    @OptionGroup var folder: DataFolder

    @Option(help: "How many mailboxes may be made with it, 1 … 1 000 000.")
    var uses: UInt32 = 1

    @Option(help: "How many days it is good, 1 … 3 650.")
    var days: UInt32 = 30

    func validate() throws {
      guard (1...1_000_000).contains(uses) else { throw ValidationError("--uses: a number of 1 … 1 000 000.") }
      guard (1...3_650).contains(days) else { throw ValidationError("--days: a number of 1 … 3 650.") }
    }

    func run() throws {
      print(
        try DataFolder.explaining { () throws(RelayDataError) in
          try RelayMaintenance.createToken(
            folder: folder.data, uses: uses, days: days, clock: SystemWallClock(), randomness: SystemPublicRandomness())
        })
    }
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List the tokens by name, with their uses.", discussion: "  sotto-relay token list --data ./relay-data")

    @OptionGroup var folder: DataFolder

    func run() throws {
      let tokens = try DataFolder.explaining { () throws(RelayDataError) in
        try RelayMaintenance.tokens(folder: folder.data)
      }
      let format = ISO8601DateFormatter()
      for token in tokens {
        let end = format.string(from: Date(timeIntervalSince1970: TimeInterval(token.expiresAt)))
        print("\(token.name)  used \(token.used) of \(token.uses)  until \(end)")
      }
    }
  }

  struct Revoke: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Take a token back; mailboxes made with it stay.",
      discussion: "  sotto-relay token revoke --data ./relay-data 1f2e3d4c")

    @OptionGroup var folder: DataFolder

    @Argument(help: ArgumentHelp("Its name, as `token list` shows it, or the token itself.", valueName: "name"))
    var name: String

    func validate() throws {
      guard name.utf8.count >= 8, name.allSatisfy(\.isHexDigit) else {
        throw ValidationError("Give at least 8 hexadecimal digits.")
      }
    }

    func run() throws {
      let count = try DataFolder.explaining { () throws(RelayDataError) in
        try RelayMaintenance.revokeToken(name, folder: folder.data)
      }
      guard count > 0 else {
        throw RelayFailure(explanation: "There is no such token. See them with `sotto-relay token list`.")
      }
      print("revoked")
    }
  }
}
