import Ambient
import ByteLayout
import KeyAgreement
import MessageContent
import Vault

/// What an invite says before it is taken.
package struct InviteView: Hashable, Sendable {
  /// The account that it leads to, `sotto1…`.
  package let address: String
  /// `host:port` of its relay.
  package let relay: String
}

/// Single things by their rows, and small changes to them.
extension Messenger {
  /// One conversation as the list shows it.
  ///
  /// - Throws: ``MessagingError/unknownConversation``.
  package func conversation(_ id: Int64) throws -> ConversationSummary {
    try vault.read { transaction in
      guard let line = try transaction.conversationLine(id: id) else { throw MessagingError.unknownConversation }
      return try summary(line, transaction)
    }
  }

  /// The direct conversation with a contact; made if nothing was said yet.
  ///
  /// - Throws: ``MessagingError/unknownContact(_:)``.
  package func directConversation(with contact: Int64) throws -> Int64 {
    try vault.write { transaction in
      guard try transaction.contact(id: contact) != nil else { throw MessagingError.unknownContact("") }
      return try conversationID(contact: contact, transaction)
    }
  }

  /// One contact; nil when there is none.
  package func contact(id: Int64) throws -> ContactSummary? {
    try vault.read { transaction in try transaction.contact(id: id).map { try summary($0) } }
  }

  /// A page of a conversation in the order in which it was stored here, oldest first.
  ///
  /// - Parameter before: only what is older than this row; nil: the newest.
  package func messages(conversation id: Int64, before row: Int64?, limit: Int) throws -> [MessageView] {
    try vault.read { transaction in
      guard try transaction.conversation(id: id) != nil else { throw MessagingError.unknownConversation }
      let shown = try shownConversation(id, transaction)
      return try transaction.messages(conversationID: id, before: row, limit: limit, ascending: true)
        .map { try view($0, in: shown, transaction) }
    }
  }

  /// Notes everything of a conversation up to a message as read.
  package func markRead(conversation id: Int64, upTo message: Int64) throws {
    let unread = try vault.read { transaction in
      try transaction.unreadMessages(conversationID: id, upTo: message).map(\.id)
    }
    try markRead(unread)
  }

  /// Destroys every message of a conversation on this side. Says nothing to anybody.
  package func clear(conversation id: Int64) throws {
    try vault.write { transaction in
      guard try transaction.conversation(id: id) != nil else { throw MessagingError.unknownConversation }
      try endAll(in: id, transaction)
    }
    try eraseDue()
  }

  /// Gives a contact another name; nobody else sees it.
  ///
  /// - Throws: ``MessagingError/unusableName``, ``MessagingError/nameTaken(_:)``.
  package func rename(contact id: Int64, to wanted: String) throws {
    let name = try Self.usableName(wanted)
    try vault.write { transaction in
      var (record, body) = try contactAndBody(id, transaction)
      let hash = nameHash(name, transaction)
      if let other = try transaction.contact(nameHash: hash), other.id != id { throw MessagingError.nameTaken(name) }
      body.name = name
      body.hasPlaceholderName = false
      record.nameHash = hash
      record.body = try body.bytes
      try transaction.updateContact(record)
      try appendEvent(.contactUpdated, contact: id, transaction)
    }
  }

  /// Takes back that the safety number was compared.
  package func unmarkVerified(contact id: Int64) throws {
    try vault.write { transaction in
      var (record, body) = try contactAndBody(id, transaction)
      body.isVerified = false
      record.body = try body.bytes
      try transaction.updateContact(record)
      try appendEvent(.identityVerified, contact: id, transaction)
    }
  }

  /// What an invite says. No network.
  ///
  /// - Throws: ``MessagingError/invalidInvite``.
  package func inspectInvite(_ text: String) throws(MessagingError) -> InviteView {
    do {
      let link = try InviteLink(text: text)
      return InviteView(address: link.account.text, relay: link.relay.text)
    } catch { throw .invalidInvite }
  }
}
