package import ByteLayout
import Foundation

/// Something of an own message that a relay may still hold, or that is to be taken back there.
package struct StoredItemRecord: Hashable, Sendable {
  /// What it is, and what takes it back.
  package enum Item: Hashable, Sendable {
    case envelope(relayKey: FixedBytes<32>, mailbox: FixedBytes<32>, envelopeID: FixedBytes<16>)
    /// A file, whole or in part, and the capability that wrote it.
    case file(capability: FixedBytes<32>)
  }

  /// 0 until it is inserted.
  package var id: Int64
  /// The message that it belongs to; nil: it is to be taken back.
  package var messageID: Int64?
  /// When taking it back is tried next.
  package var notBeforeMilliseconds: Int64
  /// Unix seconds: by then the relay has dropped it.
  package let keepUntil: Int64
  package var attempts: UInt32
  /// `host:port`.
  package let host: String
  package let item: Item

  package init(
    id: Int64 = 0, messageID: Int64?, notBeforeMilliseconds: Int64, keepUntil: Int64, attempts: UInt32 = 0,
    host: String, item: Item
  ) {
    self.id = id
    self.messageID = messageID
    self.notBeforeMilliseconds = notBeforeMilliseconds
    self.keepUntil = keepUntil
    self.attempts = attempts
    self.host = host
    self.item = item
  }

  fileprivate var kind: Int64 {
    switch item {
    case .envelope: 0
    case .file: 1
    }
  }
}

extension VaultTransaction {
  private static let storedItemColumns =
    "SELECT id, message_id, not_before_ms, keep_until, sealed, kind FROM stored_envelope"

  package func insertStoredItem(_ record: StoredItemRecord) throws(VaultError) {
    let id = try nextRowID(.storedEnvelope)
    try execute(
      """
      INSERT INTO stored_envelope (id, message_id, not_before_ms, keep_until, sealed, kind) VALUES (?, ?, ?, ?, ?, ?)
      """,
      [
        id, record.messageID, record.notBeforeMilliseconds, record.keepUntil, try sealStoredItem(record, id),
        record.kind,
      ])
  }

  /// Changes when it is tried next, and how often it was.
  package func updateStoredItem(_ record: StoredItemRecord) throws(VaultError) {
    try executeOnOne(
      "UPDATE stored_envelope SET not_before_ms = ?, sealed = ? WHERE id = ?",
      [record.notBeforeMilliseconds, try sealStoredItem(record, record.id), record.id])
  }

  package func storedItem(id: Int64) throws(VaultError) -> StoredItemRecord? {
    try first(Self.storedItemColumns + " WHERE id = ?", [id], storedItem)
  }

  package func deleteStoredItem(id: Int64) throws(VaultError) {
    try execute("DELETE FROM stored_envelope WHERE id = ?", [id])
  }

  /// Forgets the envelopes of a message that has arrived; its file is fetched when its recipient likes.
  package func deleteStoredEnvelopes(messageID: Int64) throws(VaultError) {
    try execute("DELETE FROM stored_envelope WHERE message_id = ? AND kind = 0", [messageID])
  }

  package func storedEnvelopeCount(messageID: Int64) throws(VaultError) -> Int {
    Int(try integer("SELECT count(*) FROM stored_envelope WHERE message_id = ? AND kind = 0", [messageID]))
  }

  /// Lets what relays hold of a message be taken back from a time on.
  package func takeBackStoredItems(messageID: Int64, atMilliseconds: Int64) throws(VaultError) {
    try execute(
      "UPDATE stored_envelope SET message_id = NULL, not_before_ms = ? WHERE message_id = ?",
      [atMilliseconds, messageID])
  }

  /// What is to be taken back now, in the order in which it fell due.
  package func itemsToTakeBack(nowMilliseconds: Int64, limit: Int) throws(VaultError) -> [StoredItemRecord] {
    try all(
      Self.storedItemColumns
        + " WHERE message_id IS NULL AND not_before_ms <= ? ORDER BY not_before_ms, id LIMIT ?",
      [nowMilliseconds, Int64(max(0, limit))], storedItem)
  }

  /// When the next one is to be taken back, nil when there is none.
  package func nextTakeBackMilliseconds() throws(VaultError) -> Int64? {
    guard let row = try row("SELECT min(not_before_ms) FROM stored_envelope WHERE message_id IS NULL") else {
      return nil
    }
    return try row.optionalInteger(0)
  }

  /// Forgets what no relay holds any more.
  @discardableResult
  package func purgeStoredItems(before time: Int64) throws(VaultError) -> Int {
    try execute("DELETE FROM stored_envelope WHERE keep_until < ?", [time])
  }

  private func sealStoredItem(_ record: StoredItemRecord, _ id: Int64) throws(VaultError) -> Data {
    try seal(.storedEnvelope, id) { fields in
      fields.uint32(record.attempts)
      switch record.item {
      case .envelope(let relayKey, let mailbox, let envelopeID):
        fields.append(relayKey)
        fields.append(mailbox)
        fields.append(envelopeID)
      case .file(let capability): fields.append(capability)
      }
      fields.append([UInt8](record.host.utf8))
    }
  }

  private func storedItem(_ row: VaultRow) throws(VaultError) -> StoredItemRecord {
    let id = try row.integer(0)
    let messageID = try row.optionalInteger(1)
    let (notBefore, keepUntil) = (try row.integer(2), try row.integer(3))
    let kind = try row.integer(5)
    return try open(try row.blob(4), .storedEnvelope, id) { reader throws(LayoutError) in
      let attempts = try reader.uint32()
      let item: StoredItemRecord.Item
      switch kind {
      case 0:
        item = .envelope(
          relayKey: try reader.fixed(), mailbox: try reader.fixed(), envelopeID: try reader.fixed())
      case 1: item = .file(capability: try reader.fixed())
      default: throw .unknownValue(field: "stored item", value: Int(clamping: kind))
      }
      return StoredItemRecord(
        id: id, messageID: messageID, notBeforeMilliseconds: notBefore, keepUntil: keepUntil, attempts: attempts,
        host: String(decoding: reader.rest(), as: UTF8.self), item: item)
    }
  }
}
