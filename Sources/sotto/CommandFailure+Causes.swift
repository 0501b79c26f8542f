import Messaging
import Node
import NodeInterface
import NodeServer
import Primitives
import SecretMemory
import Vault

extension CommandFailure {
  /// What an error from below means to a person; nil for one that is not known here.
  init?(_ error: any Error) {
    switch error {
    case let failure as CommandFailure: self = failure
    case let error as MessagingError: self.init(error)
    case let error as NodeError: self.init(error)
    case let error as VaultError: self.init(error)
    case let error as RelayProbeError: self.init(error)
    case let error as RelayNetworkError:
      self.init(.usage, "\(error.variable) is not usable.", next: error.explanation)
    case let error as DaemonClientError: self.init(error, path: "its socket")
    case is NodeHomeError:
      self.init(
        .usage, "There is no home folder to keep the vault in.", next: "Name a folder with --home or SOTTO_HOME.")
    case let error as SecretMemoryError: self = .noSecretMemory(error)
    case let error as PrimitiveError: self.init(.primitive(error))
    default:
      guard let known = InterfaceError(error) else { return nil }
      self.init(.refused(known.json), path: "")
    }
  }

  private init(_ error: NodeError) {
    switch error {
    case .vaultCopied: self = .vaultCopied
    case .relayUnreachable(let host):
      self.init(
        .network, "The relay \(host) cannot be reached.",
        next: "Nothing is lost: see whether it runs, and repeat the command.")
    case .notRegistered(let host, let needsToken):
      self.init(
        .network,
        needsToken
          ? "The relay \(host) makes a new mailbox only for a registration token that is good."
          : "The relay \(host) takes no new mailboxes.",
        next: needsToken
          ? "Ask whoever runs it for one, and run 'sotto init --registration-token TOKEN' with the same options; it goes on where it was."
          : "Choose another relay: with another home ('--home'), 'sotto init --relay URL'.")
    case .relay(let host, _):
      if let problem = error.connectionProblem {
        self.init(
          .network, "No connection to the relay \(host) was made.", next: "\(problem.explanation) Nothing is lost.")
        return
      }
      self.init(
        .network, "The relay \(host) refused, or did not answer as the relay of this account should.",
        next: "Nothing is lost: repeat the command later, and ask whoever runs the relay if it happens again.")
    case .timedOut:
      self.init(.timedOut, "The relay did not finish in time.", next: "Nothing is lost: repeat the command.")
    }
  }

  private init(_ error: RelayProbeError) {
    switch error {
    case .notAnAddress(let explanation):
      self.init(.usage, "This is not the address of a relay.", next: explanation)
    case .unreachable(let host):
      self.init(
        .network, "The relay \(host) cannot be reached; no account was made.",
        next:
          "Start one with 'sotto-relay serve --listen \(host) --data DIR', or check the address, and repeat the command."
      )
    case .notARelay(let host):
      self.init(
        .network, "What answers at \(host) is not a relay that this version understands; no account was made.",
        next: "Check the address and the port.")
    case .notConnected(let host, let explanation):
      self.init(.network, "No connection to the relay \(host) was made; no account was made.", next: explanation)
    }
  }

  private init(_ error: MessagingError) {
    switch error {
    case .noAccount:
      self.init(
        .notFound, "This vault holds no account yet: 'sotto init' was cut short.",
        next: "Run 'sotto init --relay URL' again; it goes on where it was.")
    case .accountExists:
      self.init(.conflict, "This vault already holds an account.", next: "See it with 'sotto whoami'.")
    case .unknownContact(let name):
      self.init(
        .notFound, "There is no contact named \(ShownText.name(name)).",
        next: "See who there is with 'sotto contact list'.")
    case .vaultCopied: self = .vaultCopied
    case .wrongRelayKey:
      self.init(
        .network, "What answers at the relay's address is not the relay that this account was made with.",
        next: "Ask whoever runs the relay whether relay.key was lost or changed. Nothing was sent.")
    case .notAuthentic(let what):
      self.init(
        .failed, "What a relay delivered as \(what) does not verify; nothing was changed.",
        next: "Repeat the command later. If it happens again, do not trust the relay.")
    case .relayMisbehaved(let kind):
      self.init(
        .failed, "The relay of this account \(kind.explanation). Nothing of that was taken over; what you have stays.",
        next: "The evidence is kept in the vault. Ask whoever runs the relay what happened, or move to another one.")
    case .damagedRecord(let table):
      self.init(
        .storage, "The vault is damaged: a record of '\(table)' cannot be read.",
        next: "Restore the folder from a backup, or begin again with another home.")
    default: self.init(.refused(InterfaceError(error)?.json ?? .null), path: "")
    }
  }

  /// Error 1405 of the interface.
  static func tooLarge(limit: Int, actual: Int) -> Self {
    Self(
      .failed, "too_large (1405): this has \(actual) bytes, and \(limit) are the most.",
      next: "A text may have 48 KiB, and a file 4 GiB.")
  }
}

extension RelayMisbehaviour {
  /// What a relay did, behind "The relay of this account".
  fileprivate var explanation: String {
    switch self {
    case .unsigned, .badSignature: "did not sign what it delivered with its key"
    case .brokenChain: "delivered something else, or in another order, than it signed"
    case .unexplainedGap: "left out an envelope without a reason"
    case .truncated: "shows less than it has shown before"
    case .conflictingCheckpoints: "has signed two different histories of the mailbox"
    case .rolledBack, .wrongEpoch: "was set back to an older state"
    }
  }
}
