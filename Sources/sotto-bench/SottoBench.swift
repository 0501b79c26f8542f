import ArgumentParser

/// Measures Sotto beside a physical limit or a bare library in the same run: ratios travel between machines, seconds do not.
@main
struct SottoBench: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sotto-bench",
    abstract: "Measures Sotto beside what bounds it, in the same run.",
    discussion: """
      Every figure stands beside the limit that it is compared with, measured in the same run on the same machine. \
      Measure a release build:

        swift build -c release
        .build/release/sotto-bench relay --seconds 5
      """,
    subcommands: [RelayBench.self, RatchetBench.self, SuiteBench.self, NodeBench.self, RefusalBench.self])
}
