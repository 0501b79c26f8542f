import ByteLayout
import Foundation
import GRDB

/// Something to be sent.
package struct OutboxRecord: Hashable, Sendable {
  /// 0 until it is inserted.
  package var id: Int64
  package var contactID: Int64
  package var peerDeviceID: Int64?
  package var messageID: Int64?
  /// The secret chat that it belongs to; nil: the contact's direct conversation.
  package var conversationID: Int64?
  package var kind: UInt8
  package var state: UInt8
  package var pairSeq: UInt64?
  package var attempts: UInt32
  package var notBeforeMilliseconds: Int64
  /// Unix seconds.
  package var giveUpAt: Int64
  package var body: [UInt8]

  package init(
    id: Int64 = 0, contactID: Int64, peerDeviceID: Int64? = nil, messageID: Int64? = nil,
    conversationID: Int64? = nil, kind: UInt8, state: UInt8, pairSeq: UInt64? = nil, attempts: UInt32 = 0,
    notBeforeMilliseconds: Int64, giveUpAt: Int64, body: [UInt8]
  ) {
    self.id = id
    self.contactID = contactID
    self.peerDeviceID = peerDeviceID
    self.messageID = messageID
    self.conversationID = conversationID
    self.kind = kind
    self.state = state
    self.pairSeq = pairSeq
    self.attempts = attempts
    self.notBeforeMilliseconds = notBeforeMilliseconds
    self.giveUpAt = giveUpAt
    self.body = body
  }
}

extension VaultTransaction {
  private static let outboxColumns =
    """
    SELECT id, contact_id, peer_device_id, message_id, state, not_before_ms, give_up_at, sealed, conversation_id
    FROM outbox
    """

  /// Inserts something to be sent.
  ///
  /// - Returns: its id.
  @discardableResult
  package func insertOutbox(_ record: OutboxRecord) throws(VaultError) -> Int64 {
    let id = try nextRowID(.outbox)
    try execute(
      """
      INSERT INTO outbox (
        id, contact_id, peer_device_id, message_id, state, not_before_ms, give_up_at, sealed, conversation_id)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
      """,
      [
        id, record.contactID, record.peerDeviceID, record.messageID, Int64(record.state),
        record.notBeforeMilliseconds, record.giveUpAt, try sealOutbox(record, id),
        record.conversationID,
      ])
    return id
  }

  package func updateOutbox(_ record: OutboxRecord) throws(VaultError) {
    try executeOnOne(
      """
      UPDATE outbox SET contact_id = ?, peer_device_id = ?, message_id = ?, state = ?, not_before_ms = ?,
        give_up_at = ?, sealed = ? WHERE id = ?
      """,
      [
        record.contactID, record.peerDeviceID, record.messageID, Int64(record.state), record.notBeforeMilliseconds,
        record.giveUpAt, try sealOutbox(record, record.id), record.id,
      ])
  }

  package func deleteOutbox(id: Int64) throws(VaultError) {
    try executeOnOne("DELETE FROM outbox WHERE id = ?", [id])
  }

  package func outbox(id: Int64) throws(VaultError) -> OutboxRecord? {
    try first(Self.outboxColumns + " WHERE id = ?", [id], outbox)
  }

  /// What is in one of the states and may be tried now, in the order in which it was inserted.
  package func outboxDue(
    states: Set<UInt8>, nowMilliseconds: Int64, limit: Int
  ) throws(VaultError) -> [OutboxRecord] {
    try all(
      Self.outboxColumns + " WHERE state IN (\(Self.marks(states))) AND not_before_ms <= ? ORDER BY id LIMIT ?",
      states.sorted().map { Int64($0) } + [nowMilliseconds, Int64(max(0, limit))], outbox)
  }

  /// What follows a row, in the order in which it was inserted.
  package func outbox(after id: Int64, limit: Int) throws(VaultError) -> [OutboxRecord] {
    try all(Self.outboxColumns + " WHERE id > ? ORDER BY id LIMIT ?", [id, Int64(max(0, limit))], outbox)
  }

  /// When the next one in one of the states may be tried.
  package func nextOutboxMilliseconds(states: Set<UInt8>) throws(VaultError) -> Int64? {
    guard
      let row = try row(
        "SELECT min(not_before_ms) FROM outbox WHERE state IN (\(Self.marks(states)))",
        states.sorted().map { Int64($0) })
    else { return nil }
    return try row.optionalInteger(0)
  }

  /// Makes rows due now that wait for a time after `latest`.
  package func hastenOutbox(after latest: Int64, toMilliseconds now: Int64) throws(VaultError) {
    try execute("UPDATE outbox SET not_before_ms = ? WHERE not_before_ms > ?", [now, latest])
  }

  /// What carries a message, in the order in which it was inserted.
  package func outbox(messageID: Int64) throws(VaultError) -> [OutboxRecord] {
    try all(Self.outboxColumns + " WHERE message_id = ? ORDER BY id", [messageID], outbox)
  }

  /// What goes to a contact, in the order in which it was inserted.
  package func outbox(contactID: Int64) throws(VaultError) -> [OutboxRecord] {
    try all(Self.outboxColumns + " WHERE contact_id = ? ORDER BY id", [contactID], outbox)
  }

  /// How many are in one of the states.
  package func outboxCount(states: Set<UInt8>) throws(VaultError) -> Int {
    Int(
      try integer(
        "SELECT count(*) FROM outbox WHERE state IN (\(Self.marks(states)))", states.sorted().map { Int64($0) }))
  }

  private static func marks(_ states: Set<UInt8>) -> String {
    repeatElement("?", count: states.count).joined(separator: ", ")
  }

  private func sealOutbox(_ record: OutboxRecord, _ id: Int64) throws(VaultError) -> Data {
    try seal(.outbox, id) { fields in
      fields.uint8(record.kind)
      fields.optional(record.pairSeq.map { Int64(bitPattern: $0) })
      fields.uint32(record.attempts)
      fields.append(record.body)
    }
  }

  private func outbox(_ row: Row) throws(VaultError) -> OutboxRecord {
    let id = try row.integer(0)
    let fields = try open(try row.blob(7), .outbox, id) { reader throws(LayoutError) in
      (
        kind: try reader.uint8(), pairSeq: try reader.optionalInt64(), attempts: try reader.uint32(),
        body: [UInt8](reader.rest())
      )
    }
    return OutboxRecord(
      id: id, contactID: try row.integer(1), peerDeviceID: try row.optionalInteger(2),
      messageID: try row.optionalInteger(3), conversationID: try row.optionalInteger(8), kind: fields.kind,
      state: try row.uint8(4),
      pairSeq: fields.pairSeq.map { UInt64(bitPattern: $0) }, attempts: fields.attempts,
      notBeforeMilliseconds: try row.integer(5), giveUpAt: try row.integer(6), body: fields.body)
  }
}
