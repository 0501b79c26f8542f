import ArgumentParser
import Foundation

/// The relay's command line.
@main
struct SottoRelay: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sotto-relay",
    abstract: "Keeps sealed envelopes until their owners fetch them.",
    discussion: """
      A relay stores and forwards ciphertext for Sotto nodes. It holds no key that opens an envelope, and none of the \
      code that could use one.

      Start one on this machine, with its data in ./relay-data:

        sotto-relay serve --listen 127.0.0.1:8440 --data ./relay-data

      Then point a node at it:

        sotto init --relay ws://127.0.0.1:8440
      """,
    version: Software.nameAndVersion,
    subcommands: [
      Serve.self, Config.self, Check.self, Stats.self, Backup.self, Prune.self, Mailbox.self, Token.self, Health.self,
    ])

  /// Exit codes: 0 ended in order, 1 could not do it, 2 not understood.
  static func main() async {
    do {
      var command = try parseAsRoot()
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
    } catch let failure as RelayFailure {
      FileHandle.standardError.write(Data("sotto-relay: \(failure.explanation)\n".utf8))
      Foundation.exit(1)
    } catch let failure as ConfigurationFailure {
      for problem in failure.problems { FileHandle.standardError.write(Data("sotto-relay: \(problem)\n".utf8)) }
      Foundation.exit(2)
    } catch {
      guard exitCode(for: error) != .success else { exit(withError: error) }  // --help and --version
      FileHandle.standardError.write(Data((fullMessage(for: error) + "\n").utf8))
      Foundation.exit(2)
    }
  }
}

/// Something that a person has to know, in words that say what to do next.
struct RelayFailure: Error {
  let explanation: String
}

/// What the relay says of itself.
enum Software {
  static let nameAndVersion = "sotto-relay 0.1"
}
