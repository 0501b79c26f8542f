/// Why the core refused a command. Says what happened; the program adds what to do next.
package enum MessagingError: Error, Hashable, Sendable {
  /// This vault holds no account yet.
  case noAccount
  /// This vault already holds an account.
  case accountExists
  /// No contact has this name.
  case unknownContact(String)
  /// Another contact already has this name.
  case nameTaken(String)
  /// A name that is empty once what may not be in a name is gone.
  case unusableName
  /// A menu with a command twice, or of an account that is to be no bot.
  case unusableMenu
  /// The text is not an invite.
  case invalidInvite
  /// The invite leads to this very account.
  case ownInvite
  /// The account of this invite is a contact already.
  case alreadyContact(String)
  /// A message without text and without a file.
  case emptyMessage
  /// Text over 48 KiB, or text, name and file over 56 KiB together.
  case tooLarge(limit: Int, actual: Int)
  /// A large file, before it is known where the contact's relay is.
  case notReachedYet
  /// No message has this number.
  case unknownMessage(Int64)
  /// The relay says that this vault is a copy, or an older state of another: nothing is sent from it.
  case vaultCopied
  /// This vault was never told that it is a copy: there is nothing to take over.
  case notCopied
  /// The message has not failed.
  case notFailed
  /// No change of devices waits for a decision.
  case nothingToAccept(String)
  /// The hash is not that of the lists that wait.
  case wrongListHash
  /// The relay at the other end is not the one that the account was made with.
  case wrongRelayKey
  /// What a relay or peer sent does not verify. Nothing was changed.
  case notAuthentic(what: String)
  /// The own relay showed a page that no honest relay shows. Nothing of it was committed; the evidence is kept.
  case relayMisbehaved(RelayMisbehaviour)
  /// What the vault holds does not follow its layout.
  case damagedRecord(table: String)
  /// Only texts and captions are edited, and nothing that is to be opened once.
  case notEditable
  /// It was said too long ago to be edited.
  case editWindowClosed(limitMilliseconds: Int64)
  /// A message is edited ten times at most.
  case tooManyEdits
  /// The message was edited another number of times than the caller thinks: so many.
  case staleRevision(UInt32)
  /// Only the author edits a message, or deletes it for everyone.
  case notYours(Int64)
  /// This view-once content was opened before, or its time is over.
  case viewOnceUsed
  /// This device cannot open it: another one of this account got it.
  case viewOnceElsewhere(device: UInt32)
  /// Only view-once content is opened.
  case notViewOnce
  /// No device of this contact says that it honours view-once.
  case viewOnceUnsupported(String)
  /// The message has ended: there is nothing to answer.
  case contentGone(GoneReason)
  /// View-once content is not quoted, opened or not.
  case viewOnceNotQuoted
  /// What is answered is a message of the same conversation, and not with view-once content.
  case notAnswerable
  /// No conversation has this number.
  case unknownConversation
  /// The contact is not accepted, or its devices are not known yet: no secret chat can be opened.
  case secretChatUnavailable(String)
  /// The secret chat is over.
  case chatClosed
  /// The contact is blocked here: nothing is sent to them.
  case contactBlocked(String)
  /// What is looked for has no word.
  case emptySearch
  /// There is no request of this contact.
  case noRequest(String)
  /// Something was said with this contact, and it was not said that it is to be destroyed.
  case hasHistory
}
