import Messaging
import Node
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
    case let error as NodeFileError: self.init(error)
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
    default: return nil
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

  private init(_ error: NodeFileError) {
    switch error {
    case .cannotRead:
      self.init(
        .failed, "The file cannot be read.", next: "Check its path and its permissions, and repeat the command.")
    case .cannotWrite:
      self.init(
        .failed, "A file cannot be written.",
        next: "Make room on the disk, or name another folder, and repeat the command.")
    case .noFile:
      self.init(
        .notFound, "This message has no file at a relay.",
        next: "What is inside a message 'sotto messages NAME --save DIR' saves.")
    case .gone:
      self.init(
        .notFound, "The relay does not have this file any more.", next: "Ask the sender to send it again.")
    case .unreachable(let host):
      self.init(
        .network, "The relay \(ShownText.path(host)) cannot be reached.",
        next: "What has come of the file is kept: repeat the command, and it goes on there.")
    case .notAuthentic:
      self.init(
        .failed, "What came is not the file that was sent; nothing was saved.",
        next: "Repeat the command. If it happens again, ask the sender to send it again.")
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
    case .nameTaken(let name):
      self.init(
        .conflict, "Another contact is already named \(ShownText.name(name)).",
        next: "Choose another name with --as NAME.")
    case .unusableName:
      self.init(.usage, "This name has no visible character.", next: "Give one with letters or digits.")
    case .invalidInvite:
      self.init(
        .usage, "This is not an invite, or a part of it is missing.",
        next: "Give the whole link, in quotes: 'sotto://HOST:PORT/#sotto1…/…'.")
    case .ownInvite:
      self.init(.failed, "This invite is your own.", next: "Send it to the person who is to write to you.")
    case .alreadyContact(let name):
      self.init(
        .conflict, "This account is already a contact, named \(ShownText.name(name)).",
        next: "Write to them with 'sotto send'.")
    case .emptyMessage:
      self.init(.usage, "There is nothing to send.", next: "Give a text, or a file with --file PATH.")
    case .tooLarge(let limit, let actual): self = .tooLarge(limit: limit, actual: actual)
    case .notReachedYet:
      self.init(
        .failed, "A large file needs to know where this contact's relay is, and it is not known yet.",
        next: "Write them a text first; then send the file.")
    case .emptySearch:
      self.init(.usage, "There is no word to look for.", next: "Give one with a letter or a digit.")
    case .unknownMessage:
      self.init(.notFound, "There is no such message.", next: "See what there is with 'sotto messages NAME'.")
    case .vaultCopied: self = .vaultCopied
    case .notCopied:
      self.init(
        .conflict, "No relay has called this vault a copy: there is nothing to take over.",
        next: "Go on as usual.")
    case .notFailed:
      self.init(
        .conflict, "This message has not failed, or is erased.", next: "See how far it is with 'sotto messages NAME'.")
    case .nothingToAccept(let name):
      self.init(
        .conflict, "No change of the devices of \(ShownText.name(name)) waits for a decision.", next: "Go on as usual.")
    case .wrongListHash:
      self.init(
        .failed, "This is not the hash of a device list that waits.",
        next: "See which one waits with 'sotto contact accept-devices NAME', and compare it with your contact.")
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
    case .notYours:
      self.init(
        .failed, "Only who wrote a message can delete it for everyone.",
        next: "Without --everyone it is deleted here.")
    case .viewOnceElsewhere(let device):
      self.init(
        .failed, "This device cannot open it.", next: "Open it on device \(device) of your account.")
    case .viewOnceUsed:
      self.init(
        .conflict, "view_once_used (1302): this was opened before, or its time is over; it is destroyed.",
        next: "Ask for it to be sent again.")
    case .notViewOnce:
      self.init(.usage, "This message is not view-once.", next: "See it with 'sotto messages NAME'.")
    case .viewOnceUnsupported(let name):
      self.init(
        .failed, "peer_unsupported (1206): a device of \(ShownText.name(name)) does not say that it honours view-once.",
        next: "Send it without --view-once, or after they have answered from a newer version.")
    case .unknownConversation:
      self.init(.notFound, "There is no such conversation.", next: "See your contacts with 'sotto contact list'.")
    case .secretChatUnavailable(let name):
      self.init(
        .failed, "The devices of \(ShownText.name(name)) are not known yet, or they are not accepted.",
        next: "Write to them and let them answer first.")
    case .chatClosed:
      self.init(.conflict, "This secret chat is over.", next: "Open another with 'sotto secret open NAME'.")
    case .contactBlocked(let name):
      self.init(
        .conflict, "\(ShownText.name(name)) is blocked: nothing is sent to them.",
        next: "Take it back with 'sotto contact unblock NAME'.")
    case .noRequest(let name):
      self.init(
        .notFound, "\(ShownText.name(name)) is no stranger who waits for an answer.",
        next: "See who waits with 'sotto request list'.")
    case .damagedRecord(let table):
      self.init(
        .storage, "The vault is damaged: a record of '\(table)' cannot be read.",
        next: "Restore the folder from a backup, or begin again with another home.")
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
