import Ambient
import ArgumentParser
import Dispatch
import Foundation
import Messaging
import Node
import Primitives
import SecretMemory
import Vault

/// Which home a command works on, and what opens it.
struct HomeOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("The folder of the vault (otherwise SOTTO_HOME, or ~/.local/share/sotto).", valueName: "dir"))
  var home: String?

  @Option(
    name: .customLong("passphrase-file"),
    help: ArgumentHelp(
      "A file whose first line is the vault's passphrase (otherwise SOTTO_PASSPHRASE_FILE, or a prompt).",
      valueName: "file"))
  var passphraseFile: String?

  @Option(
    help: ArgumentHelp(
      "The daemon's socket (otherwise SOTTO_SOCKET, $XDG_RUNTIME_DIR/sotto/sotto.sock, or run/sotto.sock in the home).",
      valueName: "path"))
  var socket: String?

  /// Where everything is.
  func nodeHome() throws -> NodeHome {
    try NodeHome(directory: home, environment: try NodeConfiguration.environment())
  }

  /// Where a daemon of this home listens.
  func socketPath() throws -> String {
    let variables = try NodeConfiguration.environment().filter { !$0.value.isEmpty }
    if let path = socket ?? variables["SOTTO_SOCKET"] { return path }
    if let folder = variables["XDG_RUNTIME_DIR"], folder.hasPrefix("/") { return folder + "/sotto/sotto.sock" }
    return try nodeHome().directory + "/run/sotto.sock"
  }

  /// Where a passphrase comes from, should one be needed.
  func passphraseSource() throws(CommandFailure) -> PassphraseSource {
    let variable = try NodeConfiguration.environment()["SOTTO_PASSPHRASE_FILE"].flatMap { $0.isEmpty ? nil : $0 }
    return (passphraseFile ?? variable).map(PassphraseSource.file) ?? .terminal
  }

  /// Time, randomness, and when receipts leave (`SOTTO_RECEIPTS`).
  func messagingEnvironment() throws -> MessagingEnvironment {
    var timing = ReceiptTiming.grid
    if let text = try NodeConfiguration.environment()["SOTTO_RECEIPTS"], !text.isEmpty {
      guard let chosen = ReceiptTiming(rawValue: text) else {
        throw CommandFailure(
          .usage, "SOTTO_RECEIPTS is neither 'grid' nor 'instant'.", next: "Unset it, or set it to one of these.")
      }
      timing = chosen
    }
    return MessagingEnvironment(
      clock: SystemWallClock(), randomness: HedgedRandomness(try SystemRandomness()), jitter: SystemPublicRandomness(),
      receiptTiming: timing, steadyClock: SystemSteadyClock(),
      inBackground: { DispatchQueue.global().async(execute: $0) })
  }

  /// What TLS trusts, and the proxy to go through (`SOTTO_TLS_…`, `SOTTO_SOCKS`).
  func network() throws -> RelayNetwork {
    try RelayNetwork(environment: try NodeConfiguration.environment(), randomness: SystemPublicRandomness())
  }

  /// Opens the vault of a home that has one; nil when it has none.
  func openVault(_ nodeHome: NodeHome, randomness: any Randomness) throws -> Vault? {
    switch try nodeHome.protectionKind() {
    case nil: return nil
    case .passphrase:
      return try nodeHome.openVault(passphrase: try passphraseSource().existing(), randomness: randomness)
    case .keyFile:
      guard passphraseFile == nil else { throw VaultError.invalidProtection(.otherKind(.keyFile)) }
      return try nodeHome.openVault(passphrase: nil, randomness: randomness)
    case .credential: throw VaultError.unsupportedFormat
    }
  }

  /// Opens the vault and the node that works on it; no network yet.
  func openNodeAndVault() throws -> (node: Node, vault: Vault) {
    let environment = try messagingEnvironment()
    let network = try network()
    let nodeHome = try nodeHome()
    guard let vault = try openVault(nodeHome, randomness: environment.randomness) else {
      throw CommandFailure.noAccount(at: ShownText.path(nodeHome.directory))
    }
    let node = try Node(
      vault: vault, environment: environment, network: network, fileFolder: nodeHome.fileFolder,
      onProgress: Progress.report)
    return (node, vault)
  }
}
