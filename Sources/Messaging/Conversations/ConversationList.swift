package import Ambient
import Vault

/// A conversation as the list of them shows it.
package struct ConversationSummary: Hashable, Sendable {
  /// The conversation's own number, which orders what has the same time.
  package let id: Int64
  package let contactID: Int64
  package let contact: String
  package let isSecret: Bool
  package let unreadCount: Int
  /// nil: nothing has been said yet.
  package let newest: MessageView?
  package let lastMessageAt: WallTime
}

extension Messenger {
  /// Conversations, the one with the latest message first.
  ///
  /// - Parameters:
  ///   - last: the last line of the page before; nil for the first page.
  ///   - limit: lines of one page.
  package func conversationList(after last: ConversationSummary? = nil, limit: Int = 50) throws -> [ConversationSummary]
  {
    try vault.read { transaction in
      try transaction.conversationLines(after: last.map { ($0.lastMessageAt.milliseconds, $0.id) }, limit: limit).map {
        line in
        let shown = try shown(line.conversation, transaction)
        return ConversationSummary(
          id: shown.id, contactID: line.conversation.contactID, contact: shown.contact, isSecret: shown.isSecret,
          unreadCount: line.unreadCount, newest: try line.newest.map { try view($0, in: shown, transaction) },
          lastMessageAt: WallTime(milliseconds: line.conversation.lastMessageAtMilliseconds))
      }
    }
  }
}
