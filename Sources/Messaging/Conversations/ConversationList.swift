package import Ambient
import Vault

/// What the list of conversations shows of one. Muting and archiving are private: nothing tells the other side.
package struct ConversationSummary: Hashable, Sendable {
  /// The row in the vault.
  package let id: Int64
  package let kind: ConversationKind
  package let contact: ContactSummary
  /// Unix seconds; 0: not muted.
  package let mutedUntil: Int64
  package let isArchived: Bool
  /// Only of a secret chat: it is over, nothing can be sent.
  package let isClosed: Bool
  /// Incoming messages that have not been read.
  package let unreadCount: Int
  /// nil: nothing has been said yet.
  package let newest: MessageView?
  package let lastMessageAt: WallTime
}

extension Messenger {
  /// A page of the list of conversations, the one with the latest message first.
  ///
  /// - Parameters:
  ///   - last: the last line of the page before; nil for the first page.
  ///   - limit: lines of one page.
  package func conversations(after last: ConversationSummary? = nil, limit: Int = 50) throws -> [ConversationSummary] {
    try vault.read { transaction in
      try transaction.conversationLines(after: last.map { ($0.lastMessageAt.milliseconds, $0.id) }, limit: limit)
        .map { try summary($0, transaction) }
    }
  }

  func summary(_ line: ConversationLine, _ transaction: VaultTransaction) throws -> ConversationSummary {
    let record = line.conversation
    guard let contact = try transaction.contact(id: record.contactID) else {
      throw MessagingError.damagedRecord(table: "conversation")
    }
    let body = try ConversationBody(record.body)
    let contactSummary = try summary(contact)
    let kind = ConversationKind(rawValue: record.kind) ?? .direct
    let shown = ShownConversation(id: record.id, contact: contactSummary.name, isSecret: kind == .secret)
    return ConversationSummary(
      id: record.id, kind: kind, contact: contactSummary, mutedUntil: body.mutedUntil, isArchived: body.isArchived,
      isClosed: body.isClosed, unreadCount: line.unreadCount,
      newest: try line.newest.map { try view($0, in: shown, transaction) },
      lastMessageAt: WallTime(milliseconds: record.lastMessageAtMilliseconds))
  }
}
