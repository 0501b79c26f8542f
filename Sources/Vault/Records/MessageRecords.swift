package import ByteLayout
import Foundation

extension VaultTransaction {
  private static let messageColumns = "SELECT id, conversation_id, mid_hash, deadline, sealed FROM message"

  /// Inserts a message with its content, which is sealed under a new key of its own in the key tree (C13).
  ///
  /// - Returns: its id.
  /// - Throws: ``VaultError/duplicate`` for a `midHash` that is there.
  @discardableResult
  package func insertMessage(_ record: MessageRecord, content: [UInt8]) throws(VaultError) -> Int64 {
    let id = try nextRowID(.message)
    let sealedContent = try sealContent(content, messageID: id)
    try execute(
      """
      INSERT INTO message (
        id, conversation_id, mid_hash, unread, deadline, sealed, bucket_id, sealed_key, sealed_content)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
      """,
      [
        id, record.conversationID, record.midHash, record.unread, record.deadline, try sealMessage(record, id),
        sealedContent.bucketID, sealedContent.sealedKey, sealedContent.sealedContent,
      ])
    return id
  }

  /// Inserts a message that is gone already: its row is a tombstone, and no content ever reaches the disk.
  ///
  /// - Returns: its id.
  /// - Throws: ``VaultError/duplicate`` for a `midHash` that is there.
  @discardableResult
  package func insertTombstone(_ record: MessageRecord) throws(VaultError) -> Int64 {
    let id = try nextRowID(.message)
    try execute(
      "INSERT INTO message (id, conversation_id, mid_hash, unread, deadline, sealed) VALUES (?, ?, ?, 0, NULL, ?)",
      [id, record.conversationID, record.midHash, try sealMessage(record, id)])
    return id
  }

  /// Changes everything but the conversation, the hash and the content.
  package func updateMessage(_ record: MessageRecord) throws(VaultError) {
    try executeOnOne(
      "UPDATE message SET unread = ?, deadline = ?, sealed = ? WHERE id = ?",
      [record.unread, record.deadline, try sealMessage(record, record.id), record.id])
  }

  package func message(id: Int64) throws(VaultError) -> MessageRecord? {
    try first(Self.messageColumns + " WHERE id = ?", [id], message)
  }

  package func message(midHash: FixedBytes<16>) throws(VaultError) -> MessageRecord? {
    try first(Self.messageColumns + " WHERE mid_hash = ?", [midHash], message)
  }

  /// The content of a message; nil when its key was destroyed.
  ///
  /// - Throws: ``VaultError/notStored`` without such a message.
  package func messageContent(id: Int64) throws(VaultError) -> [UInt8]? {
    guard let row = try row("SELECT bucket_id, sealed_key, sealed_content FROM message WHERE id = ?", [id]) else {
      throw .notStored
    }
    guard let bucketID = try row.optionalInteger(0) else { return nil }
    return try openContent(
      SealedContent(bucketID: bucketID, sealedKey: try row.blob(1), sealedContent: try row.blob(2)), messageID: id)
  }

  /// The newest messages of a conversation.
  ///
  /// - Parameters:
  ///   - id: only messages before this one.
  ///   - limit: of the newest ones.
  ///   - ascending: whether the oldest of them comes first.
  package func messages(
    conversationID: Int64, before id: Int64? = nil, limit: Int, ascending: Bool
  ) throws(VaultError) -> [MessageRecord] {
    let found = try all(
      Self.messageColumns + " WHERE conversation_id = ? AND id < ? ORDER BY id DESC LIMIT ?",
      [conversationID, id ?? .max, Int64(max(0, limit))], message)
    return ascending ? found.reversed() : found
  }

  /// The incoming messages of a conversation up to `id` that have no `readAt`, oldest first.
  package func unreadMessages(conversationID: Int64, upTo id: Int64) throws(VaultError) -> [MessageRecord] {
    try all(
      Self.messageColumns + " WHERE conversation_id = ? AND unread = 1 AND id <= ? ORDER BY id",
      [conversationID, id], message)
  }

  /// The messages of a conversation that still have their content, oldest first.
  package func messagesWithContent(conversationID: Int64, after id: Int64, limit: Int) throws(VaultError) -> [Int64] {
    try all(
      "SELECT id FROM message WHERE conversation_id = ? AND id > ? AND bucket_id IS NOT NULL ORDER BY id LIMIT ?",
      [conversationID, id, Int64(max(0, limit))]
    ) { row throws(VaultError) in try row.integer(0) }
  }

  /// The row of the newest message there ever was, 0 when there was none.
  package func greatestMessageID() throws(VaultError) -> Int64 { try greatestRowID(.message) }

  /// Messages by another condition.
  func messages(_ condition: String, _ arguments: [Argument]) throws(VaultError) -> [MessageRecord] {
    try all(Self.messageColumns + " " + condition, arguments, message)
  }

  private func sealMessage(_ record: MessageRecord, _ id: Int64) throws(VaultError) -> Data {
    try seal(.message, id) { fields in
      fields.uint8(record.direction.rawValue)
      fields.uint8(record.contentKind)
      fields.int64(record.sentAtMilliseconds)
      fields.uint8(record.state)
      fields.optional(record.storedAt)
      fields.optional(record.deliveredAt)
      fields.optional(record.readAt)
      fields.optional(record.playedAt)
      fields.uint32(record.rev)
    }
  }

  private func message(_ row: VaultRow) throws(VaultError) -> MessageRecord {
    let id = try row.integer(0)
    var record = try open(try row.blob(4), .message, id) { reader throws(LayoutError) in
      guard let direction = MessageDirection(rawValue: try reader.uint8()) else {
        throw .notAllowed(field: "direction")
      }
      return MessageRecord(
        id: id, conversationID: 0, midHash: FixedBytes(), direction: direction, contentKind: try reader.uint8(),
        sentAtMilliseconds: try reader.int64(), state: try reader.uint8(), storedAt: try reader.optionalInt64(),
        deliveredAt: try reader.optionalInt64(), readAt: try reader.optionalInt64(),
        playedAt: try reader.optionalInt64(), rev: try reader.uint32())
    }
    record.conversationID = try row.integer(1)
    record.midHash = try row.hash(2)
    record.deadline = try row.optionalInteger(3)
    return record
  }
}

extension MessageRecord {
  /// The column `unread`.
  fileprivate var unread: Int64 { direction == .incoming && readAt == nil ? 1 : 0 }
}
