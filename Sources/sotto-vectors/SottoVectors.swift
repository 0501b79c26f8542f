import ArgumentParser

/// Known-answer tests of Sotto's cryptography, as files that another implementation can read.
@main
struct SottoVectors: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sotto-vectors",
    abstract: "Replay, explain and generate the test vectors under Vectors/.",
    discussion: "All keys in these files are for tests only: they are published, or follow from a seed word.",
    subcommands: [
      RunCommand.self, ExplainCommand.self, GenerateCommand.self, ReplayCommand.self, TraceCommand.self,
      ExploreCommand.self, PeerCommand.self,
    ])
}
