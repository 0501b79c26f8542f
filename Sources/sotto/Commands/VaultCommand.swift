import ArgumentParser

/// `sotto vault`: the vault itself.
struct VaultCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vault",
    abstract: "Look after the vault itself.",
    discussion: """
        sotto vault adopt
      """,
    subcommands: [VaultAdopt.self])
}
