package import ByteLayout
import Foundation
import GRDB

/// An envelope of an own message that its relay may still hold, or one that is to be taken back there.
package struct StoredEnvelopeRecord: Hashable, Sendable {
  /// 0 until it is inserted.
  package var id: Int64
  /// The message that it carries; nil: it is to be taken back.
  package var messageID: Int64?
  /// When taking it back is tried next.
  package var notBeforeMilliseconds: Int64
  /// Unix seconds: by then the relay has dropped it.
  package let keepUntil: Int64
  package var attempts: UInt32
  /// `host:port`.
  package let host: String
  package let relayKey: FixedBytes<32>
  package let mailbox: FixedBytes<32>
  package let envelopeID: FixedBytes<16>

  package init(
    id: Int64 = 0, messageID: Int64?, notBeforeMilliseconds: Int64, keepUntil: Int64, attempts: UInt32 = 0,
    host: String, relayKey: FixedBytes<32>, mailbox: FixedBytes<32>, envelopeID: FixedBytes<16>
  ) {
    self.id = id
    self.messageID = messageID
    self.notBeforeMilliseconds = notBeforeMilliseconds
    self.keepUntil = keepUntil
    self.attempts = attempts
    self.host = host
    self.relayKey = relayKey
    self.mailbox = mailbox
    self.envelopeID = envelopeID
  }
}

extension VaultTransaction {
  private static let storedEnvelopeColumns =
    "SELECT id, message_id, not_before_ms, keep_until, sealed FROM stored_envelope"

  package func insertStoredEnvelope(_ record: StoredEnvelopeRecord) throws(VaultError) {
    let id = try nextRowID(.storedEnvelope)
    try execute(
      "INSERT INTO stored_envelope (id, message_id, not_before_ms, keep_until, sealed) VALUES (?, ?, ?, ?, ?)",
      [id, record.messageID, record.notBeforeMilliseconds, record.keepUntil, try sealStoredEnvelope(record, id)])
  }

  /// Changes when it is tried next, and how often it was.
  package func updateStoredEnvelope(_ record: StoredEnvelopeRecord) throws(VaultError) {
    try executeOnOne(
      "UPDATE stored_envelope SET not_before_ms = ?, sealed = ? WHERE id = ?",
      [record.notBeforeMilliseconds, try sealStoredEnvelope(record, record.id), record.id])
  }

  package func storedEnvelope(id: Int64) throws(VaultError) -> StoredEnvelopeRecord? {
    try first(Self.storedEnvelopeColumns + " WHERE id = ?", [id], storedEnvelope)
  }

  package func deleteStoredEnvelope(id: Int64) throws(VaultError) {
    try execute("DELETE FROM stored_envelope WHERE id = ?", [id])
  }

  /// Forgets the envelopes of a message that has arrived.
  package func deleteStoredEnvelopes(messageID: Int64) throws(VaultError) {
    try execute("DELETE FROM stored_envelope WHERE message_id = ?", [messageID])
  }

  package func storedEnvelopeCount(messageID: Int64) throws(VaultError) -> Int {
    Int(try integer("SELECT count(*) FROM stored_envelope WHERE message_id = ?", [messageID]))
  }

  /// Lets the envelopes of a message be taken back from a time on.
  package func takeBackStoredEnvelopes(messageID: Int64, atMilliseconds: Int64) throws(VaultError) {
    try execute(
      "UPDATE stored_envelope SET message_id = NULL, not_before_ms = ? WHERE message_id = ?",
      [atMilliseconds, messageID])
  }

  /// What is to be taken back now, in the order in which it fell due.
  package func envelopesToTakeBack(nowMilliseconds: Int64, limit: Int) throws(VaultError) -> [StoredEnvelopeRecord] {
    try all(
      Self.storedEnvelopeColumns
        + " WHERE message_id IS NULL AND not_before_ms <= ? ORDER BY not_before_ms, id LIMIT ?",
      [nowMilliseconds, Int64(max(0, limit))], storedEnvelope)
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
  package func purgeStoredEnvelopes(before time: Int64) throws(VaultError) -> Int {
    try execute("DELETE FROM stored_envelope WHERE keep_until < ?", [time])
  }

  private func sealStoredEnvelope(_ record: StoredEnvelopeRecord, _ id: Int64) throws(VaultError) -> Data {
    try seal(.storedEnvelope, id) { fields in
      fields.uint32(record.attempts)
      fields.append(record.relayKey)
      fields.append(record.mailbox)
      fields.append(record.envelopeID)
      fields.append([UInt8](record.host.utf8))
    }
  }

  private func storedEnvelope(_ row: Row) throws(VaultError) -> StoredEnvelopeRecord {
    let id = try row.integer(0)
    let messageID = try row.optionalInteger(1)
    let (notBefore, keepUntil) = (try row.integer(2), try row.integer(3))
    return try open(try row.blob(4), .storedEnvelope, id) { reader throws(LayoutError) in
      let attempts = try reader.uint32()
      let relayKey: FixedBytes<32> = try reader.fixed()
      let mailbox: FixedBytes<32> = try reader.fixed()
      let envelopeID: FixedBytes<16> = try reader.fixed()
      return StoredEnvelopeRecord(
        id: id, messageID: messageID, notBeforeMilliseconds: notBefore, keepUntil: keepUntil, attempts: attempts,
        host: String(decoding: reader.rest(), as: UTF8.self), relayKey: relayKey, mailbox: mailbox,
        envelopeID: envelopeID)
    }
  }
}
