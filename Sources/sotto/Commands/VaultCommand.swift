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

  @Flag(help: "Print one JSON object.")
  var json = false

  @OptionGroup var home: HomeOptions

  func run() async throws {
    let check = try await home.withInterface { try await $0.call("store.check") }
    if json { try Output.json(check) }
    guard check["ok"] == true else {
      let tables = check["problems"]?.array?.compactMap(\.string).joined(separator: ", ") ?? ""
      throw CommandFailure(
        .storage, "The vault is damaged: \(tables) cannot be read.",
        next: "Restore the whole folder from a backup, or begin again with another home.")
    }
    if !json { try Output.line("The vault is whole.") }
  }
}

struct VaultReindex: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reindex", abstract: "Make the index for 'sotto search' anew. No network.",
    discussion: "Nothing is lost by it: the index follows from the messages.")

  @Flag(help: "Print one JSON object.")
  var json = false

  @OptionGroup var home: HomeOptions

  func run() async throws {
    let done = try await home.withInterface { try await $0.call("store.reindex") }
    if json { return try Output.json(done) }
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

  @Flag(help: "Print one JSON object.")
  var json = false

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
    let source = newPassphraseFile.map(PassphraseSource.file) ?? .terminal
    if let path = try await home.daemonInUse() {
      var parameters: [String: JSONValue] = [:]
      if kind == .passphrase { parameters["old"] = Self.text(try home.passphraseSource().existing()) }
      if !keyFile { parameters["new"] = Self.text(try source.new()) }
      _ = try await Interface(daemonAt: path).call("store.rekey", parameters)
    } else {
      let old: SecretBytes? = kind == .passphrase ? try home.passphraseSource().existing() : nil
      let new: SecretBytes? = keyFile ? nil : try source.new()
      try nodeHome.rekeyVault(from: old, to: new, randomness: try SystemRandomness())
    }
    if json { try Output.json([:]) }
    Output.note("Done. Copies of the vault from before still open with what protected them.")
  }
  /// A passphrase for the daemon that has the vault, over its socket.
  private static func text(_ secret: borrowing SecretBytes) -> JSONValue {
    secret.withBytes { bytes in
      let text = (0..<bytes.byteCount).map { bytes.unsafeLoad(fromByteOffset: $0, as: UInt8.self) }
      return .string(String(decoding: text, as: UTF8.self))
    }
  }
}
