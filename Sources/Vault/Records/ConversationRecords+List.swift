/// One line of the list of conversations, as far as a query goes.
package struct ConversationLine: Hashable, Sendable {
  package let conversation: ConversationRecord
  /// Incoming messages that have not been read.
  package let unreadCount: Int
  /// The newest message, nil if there is none.
  package let newest: MessageRecord?
}

extension VaultTransaction {
  /// Conversations, the one with the latest message first; the next page begins after the last line of this one.
  ///
  /// - Parameters:
  ///   - line: only conversations after this one, by (last message, id); nil for the first page.
  ///   - limit: at most so many.
  package func conversationLines(
    after line: (lastMessageAtMilliseconds: Int64, id: Int64)?, limit: Int
  ) throws(VaultError) -> [ConversationLine] {
    let records = try conversations(after: line, limit: limit)
    var lines: [ConversationLine] = []
    lines.reserveCapacity(records.count)
    for record in records { lines.append(try self.line(of: record)) }
    return lines
  }

  /// The line of one conversation, nil when there is none of this id.
  package func conversationLine(id: Int64) throws(VaultError) -> ConversationLine? {
    guard let record = try conversation(id: id) else { return nil }
    return try line(of: record)
  }

  private func line(of record: ConversationRecord) throws(VaultError) -> ConversationLine {
    ConversationLine(
      conversation: record, unreadCount: try unreadCount(conversationID: record.id),
      newest: try messages(conversationID: record.id, limit: 1, ascending: true).first)
  }

  /// How many incoming messages of a conversation have not been read.
  package func unreadCount(conversationID: Int64) throws(VaultError) -> Int {
    guard
      let row = try row("SELECT count(*) FROM message WHERE conversation_id = ? AND unread = 1", [conversationID])
    else { return 0 }
    return Int(try row.integer(0))
  }
}
