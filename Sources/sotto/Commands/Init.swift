import ArgumentParser
import Messaging
import Node
import NodeInterface
import Primitives
import RelayWire
import SecretMemory
import Vault

/// `sotto init`: makes an account, or goes on with one that was cut short (C14).
///
/// The order is fixed: the relay says who it is → keys → vault on disk → recovery string shown, root key wiped → mailbox
/// opened, admission set, prekeys published. After a crash anywhere, the same command goes on where it was.
struct Init: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make an account that lives at a relay.",
    discussion: """
      Makes the keys, puts them into an encrypted vault, and tells the relay that there is a mailbox. If anything cuts it \
      short, run it again: it goes on where it was.

        sotto init --relay ws://127.0.0.1:8440 --name Alice
        sotto init --relay wss://relay.example:443 --name Alice --passphrase
        SOTTO_HOME=~/second sotto init --relay ws://127.0.0.1:8440

      The recovery string is shown once. Whoever has it is you, for ever; without it a lost device is a lost account. \
      Write it down on paper.

      Without a passphrase, a key file in the configuration folder opens the vault. That protects copies of the vault, \
      such as backups, but not this machine: back the two up apart.

      The name is what people see who take your invites. Without one you are 'unnamed'.
      """)

  @Option(
    help: ArgumentHelp(
      "The relay that keeps your mail: wss://HOST:PORT, or ws://HOST:PORT on this machine.", valueName: "url"))
  var relay: String

  @Option(help: ArgumentHelp("What your contacts will see.", valueName: "name"))
  var name: String?

  @Option(
    help: ArgumentHelp(
      "What the relay's operator gave you, if the relay asks for it: 32 hexadecimal digits.", valueName: "token"))
  var registrationToken: String?

  @Flag(help: "Ask for a passphrase, which then opens the vault instead of a key file.")
  var passphrase = false

  @Flag(help: "Print one JSON object; it has the recovery string as long as that was never shown.")
  var json = false

  @OptionGroup var home: HomeOptions

  func validate() throws {
    if passphrase, home.passphraseFile != nil {
      throw ValidationError("Choose --passphrase or --passphrase-file, not both.")
    }
    guard registrationToken == nil || token != nil else {
      throw ValidationError("--registration-token: 32 hexadecimal digits, as the relay's operator gave them to you.")
    }
  }

  private var token: RegistrationToken? { registrationToken.flatMap { RegistrationToken(text: $0) } }

  func run() async throws {
    let network = try home.network()
    let probe = try RelayProbe(url: relay, network: network)
    let environment = try home.messagingEnvironment()
    let (vault, isNew) = try await openOrCreateVault(probe, environment)
    let node = try await openOrCreateAccount(vault, probe, environment, network)
    let account = try await node.withMessenger { try $0.ownAccount() }
    guard account.mailboxes.contains(where: { $0.host == probe.host }) else {
      throw CommandFailure(
        .conflict, "The account in this home lives at another relay.",
        next: "See it with 'sotto whoami', or choose another home with --home.")
    }
    if let token { try await node.withMessenger { try $0.keep(token) } }
    try await show(try await Interface(node: node, vault: vault).call("account.get"), node)
    try await publish(node, at: probe.host)
    if !json { try Output.line(isNew ? "The relay knows your mailbox. Next: 'sotto invite'." : "Everything is ready.") }
  }

  /// The relay is asked before anything is made: an address that was mistyped leaves nothing behind.
  private func openOrCreateVault(
    _ probe: RelayProbe, _ environment: MessagingEnvironment
  ) async throws -> (vault: Vault, isNew: Bool) {
    let nodeHome = try home.nodeHome()
    if let vault = try home.openVault(nodeHome, randomness: environment.randomness) {
      guard !passphrase || vault.protectionKind == .passphrase else {
        throw VaultError.invalidProtection(.otherKind(.keyFile))
      }
      return (vault, false)
    }
    _ = try await probe.homeRelay()
    let source = passphrase ? PassphraseSource.terminal : try home.passphraseSource()
    let secret: SecretBytes? = passphrase || source != .terminal ? try source.new() : nil
    return (try nodeHome.createVault(passphrase: secret, randomness: environment.randomness), true)
  }

  private func openOrCreateAccount(
    _ vault: Vault, _ probe: RelayProbe, _ environment: MessagingEnvironment, _ network: RelayNetwork
  ) async throws -> Node {
    let files = try home.nodeHome().fileFolder
    do {
      return try Node(vault: vault, environment: environment, network: network, fileFolder: files)
    } catch MessagingError.noAccount {
      let relay = try await probe.homeRelay()
      _ = try Messenger.createAccount(in: vault, name: name ?? "unnamed", relay: relay, environment: environment)
      return try Node(vault: vault, environment: environment, network: network, fileFolder: files)
    }
  }

  /// Shows the account, and the recovery string until it has been shown once; then the root key is gone from here.
  private func show(_ account: JSONValue, _ node: Node) async throws {
    let recovery = try await node.withMessenger { try $0.unshownRecoveryString() }
    if json {
      try Output.json(recovery.map { account.with("recovery", .string($0)) } ?? account)
    } else {
      for line in AccountLines.lines(account) { try Output.line(line) }
      if let recovery {
        try Output.line(
          "\nYour recovery string. Write it down on paper now; it is never shown again:\n\n  \(recovery)\n")
      }
    }
    if recovery != nil { try await node.withMessenger { try $0.recoveryStringWasShown() } }
  }

  private func publish(_ node: Node, at host: String) async throws {
    do { try await node.openMailboxes() } catch NodeError.relayUnreachable {
      throw CommandFailure(
        .network, "The account is made, but the relay \(host) went away before it knew everything.",
        next: "Run 'sotto init' again with the same options when the relay is back.")
    }
    await node.close()
  }
}
