package import ByteLayout

/// How long a message may live, and how it ended. What it says is sealed; the next deadline lies in the message's row.
package struct MessageLifeRecord: Hashable, Sendable {
  /// The message.
  package var id: Int64
  /// Seconds from the first reading, 0: no limit.
  package var readSeconds: UInt32
  /// Seconds from sending, 0: no limit.
  package var maximumAgeSeconds: UInt32
  package var isViewOnce: Bool
  /// Why its content is gone; 0 while it is there.
  package var gone: UInt8
  /// Unix seconds, 0 while it is there.
  package var goneAt: Int64
  /// The id that both sides know, once the content that said it is gone.
  package var messageID: FixedBytes<16>

  /// How long a tombstone is kept: as long as a relay may hold an envelope (30 days) and a backup may bring the message
  /// back (90 days).
  package static let tombstoneSeconds: Int64 = 120 * 86_400

  package init(
    id: Int64, readSeconds: UInt32 = 0, maximumAgeSeconds: UInt32 = 0, isViewOnce: Bool = false, gone: UInt8 = 0,
    goneAt: Int64 = 0, messageID: FixedBytes<16> = FixedBytes()
  ) {
    self.id = id
    self.readSeconds = readSeconds
    self.maximumAgeSeconds = maximumAgeSeconds
    self.isViewOnce = isViewOnce
    self.gone = gone
    self.goneAt = goneAt
    self.messageID = messageID
  }
}

extension VaultTransaction {
  /// The life of a message; nil for one without limits that is still there.
  package func messageLife(id: Int64) throws(VaultError) -> MessageLifeRecord? {
    guard let row = try row("SELECT sealed FROM message_life WHERE id = ?", [id]) else { return nil }
    return try open(try row.blob(0), .messageLife, id) { reader throws(LayoutError) in
      MessageLifeRecord(
        id: id, readSeconds: try reader.uint32(), maximumAgeSeconds: try reader.uint32(),
        isViewOnce: try reader.uint8() == 1, gone: try reader.uint8(), goneAt: try reader.int64(),
        messageID: try reader.fixed())
    }
  }

  /// Sets the life of a message.
  package func setMessageLife(_ record: MessageLifeRecord) throws(VaultError) {
    let sealed = try seal(.messageLife, record.id) { fields in
      fields.uint32(record.readSeconds)
      fields.uint32(record.maximumAgeSeconds)
      fields.uint8(record.isViewOnce ? 1 : 0)
      fields.uint8(record.gone)
      fields.int64(record.goneAt)
      fields.append(record.messageID)
    }
    try execute(
      """
      INSERT INTO message_life (id, sealed, forget_at) VALUES (?, ?, ?)
      ON CONFLICT DO UPDATE SET sealed = excluded.sealed, forget_at = excluded.forget_at
      """,
      [record.id, sealed, record.gone == 0 ? nil : record.goneAt + MessageLifeRecord.tombstoneSeconds])
  }

  /// Removes the rows of messages that ended long ago and whose content is destroyed.
  ///
  /// - Parameter limit: at most so many.
  /// - Returns: how many.
  @discardableResult
  package func forgetTombstones(until time: Int64, limit: Int) throws(VaultError) -> Int {
    try execute(
      """
      DELETE FROM message WHERE bucket_id IS NULL AND id IN (
        SELECT id FROM message_life WHERE forget_at IS NOT NULL AND forget_at <= ? ORDER BY forget_at LIMIT ?)
      """, [time, Int64(max(0, limit))])
  }
}
