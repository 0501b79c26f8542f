import ArgumentParser

/// `sotto-vectors generate --seed WORD --output DIR`
struct GenerateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate",
    abstract: "Write the vectors that Sotto makes itself; equal seeds give equal files.",
    discussion: "The numbers of RFCs under primitives/ are not generated.")

  /// The word from which the committed files are made.
  private static let committedSeed = "sotto-vectors-1"

  @Option(help: "Every random byte follows from this word. Test keys only.")
  var seed = committedSeed

  @Option(help: "The folder to write to; it is made if it is missing.")
  var output: String

  func run() throws {
    for file in try GeneratedFiles.all(seed: seed) {
      try VectorFolder.write(file.contents, to: "\(output)/\(file.path)")
      print(file.path)
    }
  }
}
