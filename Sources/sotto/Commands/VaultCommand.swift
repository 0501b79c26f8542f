import ArgumentParser
import Foundation
import Node
import NodeInterface
import Primitives
import SecretMemory
import Vault

/// `sotto vault`: what keeps everything.
struct VaultCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vault",
    abstract: "Look after the vault itself.",
    discussion: """
        sotto vault check
        sotto vault reindex
        sotto vault adopt
        sotto vault rekey --new-passphrase
        sotto vault rekey --new-passphrase-file FILE
        sotto vault rekey --key-file
      """,
    subcommands: [VaultCheck.self, VaultReindex.self, VaultRekey.self, VaultAdopt.self])
}

struct VaultCheck: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Check that everything in the vault can be read. No network.")

  @OptionGroup var home: HomeOptions

  func run() async throws {
    let check = try await home.withInterface { try await $0.call("store.check") }
    guard check["ok"] == true else {
      let tables = check["problems"]?.array?.compactMap(\.string).joined(separator: ", ") ?? ""
      throw CommandFailure(
        .storage, "The vault is damaged: \(tables) cannot be read.",
        next: "Restore the whole folder from a backup, or begin again with another home.")
    }
    try Output.line("The vault is whole.")
  }
}

struct VaultReindex: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reindex", abstract: "Make the index for 'sotto search' anew. No network.",
    discussion: "Nothing is lost by it: the index follows from the messages.")

  @OptionGroup var home: HomeOptions

  func run() async throws {
    _ = try await home.withInterface { try await $0.call("store.reindex") }
    try Output.line("The index is made anew.")
  }
}

struct VaultRekey: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rekey",
    abstract: "Protect the vault by another passphrase, or by a key file.",
    discussion: """
      Wraps the key of the vault anew. The old passphrase or key file no longer opens it; a copy of the vault from before \
      still opens with the old one.
      """)

  @Flag(help: "Ask for a new passphrase.")
  var newPassphrase = false

  @Option(help: ArgumentHelp("A file whose first line is the new passphrase.", valueName: "file"))
  var newPassphraseFile: String?

  @Flag(help: "Protect the vault by its key file, made if it is not there.")
  var keyFile = false

  @OptionGroup var home: HomeOptions

  func validate() throws {
    guard [newPassphrase, newPassphraseFile != nil, keyFile].count(where: { $0 }) == 1 else {
      throw ValidationError("Choose one of --new-passphrase, --new-passphrase-file FILE and --key-file.")
    }
  }

  func run() async throws {
    let nodeHome = try home.nodeHome()
    guard let kind = try nodeHome.protectionKind() else {
      throw CommandFailure.noAccount(at: ShownText.path(nodeHome.directory))
    }
    let old: SecretBytes? = kind == .passphrase ? try home.passphraseSource().existing() : nil
    let source = newPassphraseFile.map(PassphraseSource.file) ?? .terminal
    let new: SecretBytes? = keyFile ? nil : try source.new()
    try nodeHome.rekeyVault(from: old, to: new, randomness: try SystemRandomness())
    Output.note("Done. Copies of the vault from before still open with what protected them.")
  }
}
