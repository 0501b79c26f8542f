package import Ambient
package import ByteLayout
package import MessageContent
package import RelayWire
package import Vault

/// The account and device that this vault holds.
package struct OwnAccount: Hashable, Sendable {
  package let name: String
  /// The address for people, `sotto1…`.
  package let address: String
  /// The account id, 33 bytes (C1).
  package let accountID: FixedBytes<33>
  package let device: UInt32
  package let deviceKey: FixedBytes<32>
  /// Names the account's newest device list everywhere (C1).
  package let listHash: FixedBytes<32>
  package let mailboxes: [HomeMailbox]
  /// What the first mailbox is called at its relay, 32 bytes.
  package var firstMailbox: FixedBytes<32>? { mailboxes.first?.mailbox.bytes }
}

/// A mailbox of this device: where it is and what it is called.
package struct HomeMailbox: Hashable, Sendable {
  /// The row in the vault.
  package let id: Int64
  /// `host:port`.
  package let host: String
  package let relayKey: RelayKey
  package let mailbox: MailboxID
  /// Everything up to this number has been committed here.
  package let cursor: UInt64
}

/// What a contact is to this account.
package enum ContactStatus: UInt8, Hashable, Sendable {
  /// Added here, but its device list has not been fetched yet.
  case adding = 0
  /// Added by me, introduced by my single-use invite, or accepted.
  case accepted = 1
  /// Everyone else: gets no receipts and may not start repairs.
  case stranger = 2
  /// Nothing of theirs is shown; they are not told.
  case blocked = 3
  /// A stranger whose request was declined: as if blocked.
  case declined = 4
  /// This account itself: notes to self.
  case own = 5
}

/// A contact as a list shows it.
package struct ContactSummary: Hashable, Sendable {
  package let id: Int64
  package let name: String
  package let address: String
  package let accountID: FixedBytes<33>
  package let status: ContactStatus
  package let isVerified: Bool
}

/// How far a message has come; a later state never goes back to an earlier one.
package enum MessageState: UInt8, Hashable, Sendable, Comparable {
  case queued = 0
  case stored = 1
  case delivered = 2
  case read = 3
  case played = 4
  case failed = 5

  package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// A file inside a message, or one to be sent.
package struct AttachedFile: Hashable, Sendable {
  package let name: String
  package let mime: String
  package let bytes: [UInt8]

  package init(name: String, mime: String, bytes: [UInt8]) {
    self.name = name
    self.mime = mime
    self.bytes = bytes
  }
}

/// What is inside a message, as far as this version understands it.
package enum MessageBody: Hashable, Sendable {
  case text(String)
  case file(caption: String, AttachedFile)
  /// A file at a relay.
  case attachment(caption: String, RemoteFile)
  /// A kind of content from a newer version; its bytes are kept.
  case needsNewerVersion
  /// To be opened once, by ``Messenger/openViewOnce(_:)`` only. On the sender's side, until it is sent.
  case viewOnce(ViewOnceKind)
  /// The same, that another device of this account opens: this one has only heard of it.
  case viewOnceElsewhere(ViewOnceKind, device: UInt32)
  /// Something that happened in the conversation.
  case info(InfoLine)
  /// Nothing is left to see.
  case gone(GoneReason)
}

/// That a message was edited.
package struct EditMark: Hashable, Sendable {
  /// How often, 1 … 10.
  package let revision: UInt32
  package let at: WallTime
}

/// A message as a conversation shows it.
package struct MessageView: Hashable, Sendable {
  package let id: Int64
  /// The message id that both sides know, 16 bytes.
  package let messageID: FixedBytes<16>
  package let contact: String
  /// The row of the conversation.
  package let conversation: Int64
  /// Whether that is a secret chat.
  package let isSecret: Bool
  package let direction: MessageDirection
  package let state: MessageState
  package let body: MessageBody
  /// The message that this one answers.
  package let answers: AnsweredMessage?
  package let sentAt: WallTime
  package let storedAt: WallTime?
  package let deliveredAt: WallTime?
  package let readAt: WallTime?
  package let playedAt: WallTime?
  /// How often its words were edited and when last; nil when they never were.
  package let edit: EditMark?
  /// Why it was given up, if it was.
  package let failure: FailureReason?
  /// When it will be destroyed, as far as that is known; nil when it has no limit or is gone.
  package let goneAt: WallTime?
}

/// Something that happened, in the order in which it was committed.
package struct EventView: Hashable, Sendable {
  package let seq: Int64
  package let kind: EventKind
  package let message: MessageView?
  package let at: WallTime
  /// For what is about a contact rather than a message.
  package let about: EventSubject?
}

/// Whom an event is about, and how many messages or devices.
package struct EventSubject: Hashable, Sendable {
  package let contactID: Int64
  /// The contact's name now; nil when it is not there any more.
  package let contact: String?
  /// What it is to this account now.
  package let status: ContactStatus?
  package let count: Int
}

package enum EventKind: UInt8, Hashable, Sendable {
  case messageReceived = 1
  case messageState = 2
  case contactAdded = 3
  case vaultCopied = 4
  case equivocation = 5
  case sessionStarted = 6
  /// A relay of this device lied, or was rolled back; ``RelayEvidence`` says how.
  case relayMisbehaved = 7
  /// Three renewals of a session have brought nothing: it is quiet until the contact writes, or is written to.
  case sessionBroken = 20
  /// Messages of a contact will not come any more: expired, viewed, or too long ago.
  case messageUndecryptable = 21
  /// The devices of a contact have changed.
  case identityChanged = 22
  /// A copied vault was taken over as the only one.
  case vaultAdopted = 23
  /// A message expired, was deleted, or was opened for the only time; its content says which.
  case messageGone = 30
  /// An info line was put into a conversation.
  case conversationChanged = 31
  /// The words of a message were edited, here or by the contact.
  case messageEdited = 32
  /// A contact has told that messages were delivered, read, played: so many, the newest of them is the event's.
  case receiptDelivered = 40
  case receiptRead = 41
  case receiptPlayed = 42
  /// A stranger waits for an answer; and was accepted, declined or blocked.
  case requestReceived = 43
  case requestResolved = 44
  /// The file of a message is here; or cannot be had, or not be sent.
  case attachmentReady = 45
  case attachmentFailed = 46
  /// A contact has another name here, tells something else of itself, or is not blocked any more.
  case contactUpdated = 47
  case contactRemoved = 48
  case contactBlocked = 49
  /// The safety number of a contact was compared, or that was taken back.
  case identityVerified = 50
}
