package import ByteLayout
import Foundation

/// A conversation with a contact: the direct one, or a secret chat.
package struct ConversationRecord: Hashable, Sendable {
  /// 0 until it is inserted.
  package var id: Int64
  package var contactID: Int64
  /// 0: the contact's direct conversation, of which there is one.
  package let kind: UInt8
  /// Look-up hash of a secret chat's id; unique.
  package let chatHash: FixedBytes<16>?
  /// Unix seconds.
  package var createdAt: Int64
  /// Orders the list.
  package var lastMessageAtMilliseconds: Int64
  package var body: [UInt8]

  package init(
    id: Int64 = 0, contactID: Int64, kind: UInt8 = 0, chatHash: FixedBytes<16>? = nil, createdAt: Int64,
    lastMessageAtMilliseconds: Int64, body: [UInt8]
  ) {
    self.id = id
    self.contactID = contactID
    self.kind = kind
    self.chatHash = chatHash
    self.createdAt = createdAt
    self.lastMessageAtMilliseconds = lastMessageAtMilliseconds
    self.body = body
  }
}

extension VaultTransaction {
  private static let conversationColumns =
    "SELECT id, contact_id, last_message_at_ms, sealed, kind, chat_hash FROM conversation"

  /// Inserts a conversation.
  ///
  /// - Returns: its id.
  /// - Throws: ``VaultError/duplicate`` when the contact has a direct one, or the secret chat is known.
  @discardableResult
  package func insertConversation(_ record: ConversationRecord) throws(VaultError) -> Int64 {
    let id = try nextRowID(.conversation)
    try execute(
      """
      INSERT INTO conversation (id, contact_id, kind, chat_hash, last_message_at_ms, sealed) VALUES (?, ?, ?, ?, ?, ?)
      """,
      [
        id, record.contactID, Int64(record.kind), record.chatHash, record.lastMessageAtMilliseconds,
        try sealConversation(record, id),
      ])
    return id
  }

  static let conversationUpdate =
    "UPDATE conversation SET contact_id = ?, last_message_at_ms = ?, sealed = ? WHERE id = ?"

  func conversationArguments(_ record: ConversationRecord) throws(VaultError) -> [Argument] {
    [record.contactID, record.lastMessageAtMilliseconds, try sealConversation(record, record.id), record.id]
  }

  /// Changes everything but the kind and the hash.
  package func updateConversation(_ record: ConversationRecord) throws(VaultError) {
    try allowChange()
    guard let present = kept.conversations[record.id]?.record, present.contactID == record.contactID,
      present.kind == record.kind, present.chatHash == record.chatHash
    else { return try executeOnOne(Self.conversationUpdate, try conversationArguments(record)) }
    guard record != present else { return }
    kept.conversations[record.id] = KeptRows.Kept(record: record, isChanged: true)
    kept.unwritten.insert(.conversations)
  }

  package func conversation(id: Int64) throws(VaultError) -> ConversationRecord? {
    if let present = kept.conversations[id] { return present.record }
    return try keep(try unkeptRow(Self.conversationColumns + " WHERE id = ?", [id]))
  }

  /// The direct conversation with a contact.
  package func conversation(contactID: Int64) throws(VaultError) -> ConversationRecord? {
    if let id = kept.directConversations[contactID], let present = kept.conversations[id] { return present.record }
    return try keep(try unkeptRow(Self.conversationColumns + " WHERE contact_id = ? AND kind = 0", [contactID]))
  }

  private func keep(_ row: VaultRow?) throws(VaultError) -> ConversationRecord? {
    guard let record = try row.map(conversation) else { return nil }
    // By the contact, a row may be read that is kept already.
    if let present = kept.conversations[record.id] { return note(present.record) }
    if kept.conversations.count >= KeptRows.maximumCount {
      try writeChanges(of: .conversations)
      kept.forget(.conversations)
    }
    kept.conversations[record.id] = KeptRows.Kept(record: record)
    return note(record)
  }

  private func note(_ record: ConversationRecord) -> ConversationRecord {
    if record.kind == 0 { kept.directConversations[record.contactID] = record.id }
    return record
  }

  package func conversation(chatHash: FixedBytes<16>) throws(VaultError) -> ConversationRecord? {
    try first(Self.conversationColumns + " WHERE chat_hash = ?", [chatHash], conversation)
  }

  /// All conversations, the one with the latest message first.
  package func conversations() throws(VaultError) -> [ConversationRecord] {
    try all(Self.conversationColumns + " ORDER BY last_message_at_ms DESC, id DESC", [], conversation)
  }

  /// A page of conversations, the one with the latest message first.
  func conversations(
    after line: (lastMessageAtMilliseconds: Int64, id: Int64)?, limit: Int
  ) throws(VaultError) -> [ConversationRecord] {
    let line = line ?? (.max, .max)
    return try all(
      Self.conversationColumns + """
         WHERE (last_message_at_ms, id) < (?, ?) ORDER BY last_message_at_ms DESC, id DESC LIMIT ?
        """, [line.lastMessageAtMilliseconds, line.id, Int64(max(0, limit))], conversation)
  }

  private func sealConversation(_ record: ConversationRecord, _ id: Int64) throws(VaultError) -> Data {
    try seal(.conversation, id) { fields in
      fields.int64(record.createdAt)
      fields.append(record.body)
    }
  }

  private func conversation(_ row: VaultRow) throws(VaultError) -> ConversationRecord {
    let id = try row.integer(0)
    let fields = try open(try row.blob(3), .conversation, id) { reader throws(LayoutError) in
      (createdAt: try reader.int64(), body: [UInt8](reader.rest()))
    }
    return ConversationRecord(
      id: id, contactID: try row.integer(1), kind: try row.uint8(4), chatHash: try row.optionalHash(5),
      createdAt: fields.createdAt,
      lastMessageAtMilliseconds: try row.integer(2), body: fields.body)
  }
}
