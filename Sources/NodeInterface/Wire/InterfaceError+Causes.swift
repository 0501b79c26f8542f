import Messaging
import Node
import Vault

extension InterfaceError {
  /// What an error from below means to a caller; nil for one that is not known here.
  package init?(_ error: any Error) {
    switch error {
    case let error as InterfaceError: self = error
    case let error as MessagingError: self.init(error)
    case let error as NodeError: self.init(error)
    case let error as NodeFileError: self.init(error)
    case let error as VaultError:
      guard let known = InterfaceError(vault: error) else { return nil }
      self = known
    case is CancellationError: self.init(.notReady, "The daemon is ending.")
    default: return nil
    }
  }

  private init(_ error: NodeError) {
    switch error {
    case .relayUnreachable(let host): self.init(.relayUnreachable, details: ["relay": .string(host)])
    case .relay(let host, _):
      self.init(
        .relayRejected, error.connectionProblem.map { "No connection to the relay was made. \($0.explanation)" },
        details: ["relay": .string(host)])
    case .notRegistered(let host, _): self.init(.relayRejected, details: ["relay": .string(host)])
    case .vaultCopied: self = .copied
    case .timedOut: self.init(.timeout)
    }
  }

  private init(_ error: NodeFileError) {
    switch error {
    case .cannotRead: self.init(.notFound, "The file cannot be read.")
    case .cannotWrite: self.init(.storageFull, "A file cannot be written.")
    case .tooLarge: self.init(.tooLarge, "A file may have 4 GiB.", details: ["limit": .integer(4_294_967_296)])
    case .noFile: self.init(.notFound, "This message has no file at a relay.")
    case .gone: self.init(.contentGone, "The relay does not have this file any more.", details: ["reason": "expired"])
    case .unreachable(let host): self.init(.relayUnreachable, details: ["relay": .string(host)])
    case .notAuthentic: self.init(.relayRejected, "What came is not the file that was sent.")
    }
  }

  private init?(vault error: VaultError) {
    switch error {
    case .storageFull: self.init(.storageFull)
    case .corrupt: self.init(.storageCorrupt)
    default: return nil
    }
  }

  private static let copied = InterfaceError(
    .conflict, "A relay says that this vault is a copy; nothing is sent from it.", details: ["reason": "vault_copied"])

  private init(_ error: MessagingError) {
    switch error {
    case .noAccount: self.init(.notReady, "This vault holds no account yet.")
    case .accountExists: self.init(.conflict, "This vault already holds an account.")
    case .unknownContact: self.init(.notFound, "There is no such contact.")
    case .unknownMessage: self.init(.notFound, "There is no such message.")
    case .unknownConversation: self.init(.notFound, "There is no such chat.")
    case .nameTaken: self.init(.conflict, "Another contact has this name.", details: ["reason": "name_taken"])
    case .unusableName: self = .parameter("nickname", expected: "a name with a visible character")
    case .unusableMenu:
      self = .parameter("items", expected: "commands with different names, of an account that is marked as a bot")
    case .invalidInvite: self = .parameter("link", expected: "a whole invite, sotto://HOST:PORT/#sotto1…/…")
    case .ownInvite: self.init(.conflict, "This invite is your own.", details: ["reason": "own_invite"])
    case .alreadyContact:
      self.init(.conflict, "This account is a contact already.", details: ["reason": "already_contact"])
    case .emptyMessage: self = .parameter("content", expected: "a text, an attachment, or both")
    case .tooLarge(let limit, let actual):
      self.init(.tooLarge, details: ["limit": .integer(limit), "actual": .integer(actual)])
    case .notReachedYet: self.init(.noSession, "It is not known yet where this contact's relay is: write a text first.")
    case .vaultCopied: self = .copied
    case .notCopied: self.init(.conflict, "No relay has called this vault a copy.")
    case .notFailed: self.init(.conflict, "This message has not failed.", details: ["reason": "not_failed"])
    case .nothingToAccept:
      self.init(
        .conflict, "No change of this contact's devices waits for a decision.", details: ["reason": "nothing_held"])
    case .wrongListHash: self.init(.untrustedIdentity, "This is not the hash of a device list that waits.")
    case .wrongRelayKey, .notAuthentic, .relayMisbehaved:
      self.init(.relayRejected, "What a relay answered does not verify.")
    case .damagedRecord: self.init(.storageCorrupt)
    case .notYours:
      self.init(
        .forbidden, "Only who wrote a message can edit it, or delete it for everyone.", details: ["reason": "not_yours"]
      )
    // Spelt out: without its type it would be this very initialiser that is called, for ever.
    case .viewOnceUsed: self.init(ErrorKind.viewOnceUsed)
    case .viewOnceElsewhere(let device):
      self.init(
        .conflict, "Another device of this account opens this message.", details: ["device": .integer(Int64(device))])
    case .notViewOnce: self.init(.conflict, "This message is not view-once.", details: ["reason": "not_view_once"])
    case .viewOnceUnsupported: self.init(.peerUnsupported, details: ["feature": "view_once"])
    case .contentGone(let reason): self.init(.contentGone, details: ["reason": .string(reason.name)])
    case .viewOnceNotQuoted:
      self.init(.contentGone, "View-once content is not quoted.", details: ["reason": "view_once"])
    case .notAnswerable:
      self.init(
        .conflict, "Only a message of the same chat can be answered, and not with view-once content.",
        details: ["reason": "not_answerable"])
    case .notEditable:
      self.init(
        .conflict, "Only texts and captions can be edited, and nothing that opens once.",
        details: ["reason": "not_editable"])
    case .editWindowClosed(let limit): self.init(.windowClosed, details: ["limitMs": .integer(limit)])
    case .tooManyEdits: self.init(.limitReached, "A message can be edited ten times.")
    case .staleRevision(let known):
      self.init(
        .conflict, "The message was edited since, or less often.",
        details: ["reason": "stale_revision", "rev": .integer(Int64(known))])
    case .secretChatUnavailable: self.init(.noSession)
    case .chatClosed: self.init(.blocked, "This secret chat is over.", details: ["reason": "chat_closed"])
    case .contactBlocked: self.init(.blocked)
    case .emptySearch: self = .parameter("query", expected: "a text with at least one word")
    case .hasHistory:
      self.init(
        .conflict, "Something was said with this contact: say eraseHistory to destroy it.",
        details: ["reason": "has_history"])
    case .noRequest: self.init(.notFound, "This contact is no stranger who waits for an answer.")
    }
  }
}
