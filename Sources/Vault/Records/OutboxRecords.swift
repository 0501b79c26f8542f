import ByteLayout
import Foundation

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
  /// Whether it waits until everything that was put in before it for its contact has left. Fixed when it is inserted.
  package let standsInLine: Bool

  package init(
    id: Int64 = 0, contactID: Int64, peerDeviceID: Int64? = nil, messageID: Int64? = nil,
    conversationID: Int64? = nil, kind: UInt8, state: UInt8, pairSeq: UInt64? = nil, attempts: UInt32 = 0,
    notBeforeMilliseconds: Int64, giveUpAt: Int64, body: [UInt8], standsInLine: Bool = true
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
    self.standsInLine = standsInLine
  }

  /// Where it is among what is due.
  package var position: OutboxPosition { OutboxPosition(notBeforeMilliseconds: notBeforeMilliseconds, id: id) }
}

/// A place in the order in which the outbox becomes due.
package struct OutboxPosition: Hashable, Sendable {
  package let notBeforeMilliseconds: Int64
  package let id: Int64

  package init(notBeforeMilliseconds: Int64, id: Int64) {
    self.notBeforeMilliseconds = notBeforeMilliseconds
    self.id = id
  }

  /// Before everything.
  package static let start = OutboxPosition(notBeforeMilliseconds: .min, id: 0)
}

extension VaultTransaction {
  private static let outboxColumns =
    """
    SELECT id, contact_id, peer_device_id, message_id, state, not_before_ms, give_up_at, sealed, conversation_id,
      turn
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
        id, contact_id, peer_device_id, message_id, state, not_before_ms, give_up_at, sealed, conversation_id, turn)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """,
      [
        id, record.contactID, record.peerDeviceID, record.messageID, Int64(record.state),
        record.notBeforeMilliseconds, record.giveUpAt, try sealOutbox(record, id),
        record.conversationID, record.standsInLine ? 0 : 2,
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

  /// What may be tried now: the first row of each contact's line and what stands in none, in the order in which they
  /// became due.
  ///
  /// Rows that wait behind others are not read, so that it takes no longer however many there are.
  package func outboxDue(
    atMilliseconds now: Int64, after position: OutboxPosition = .start, limit: Int
  ) throws(VaultError) -> [OutboxRecord] {
    try all(
      Self.outboxDueSQL, [now, position.notBeforeMilliseconds, position.id, Int64(max(0, limit))], outbox)
  }

  /// The question of ``outboxDue(atMilliseconds:after:limit:)``: now, position, limit.
  package static let outboxDueSQL =
    outboxColumns
      + """
       WHERE turn > 0 AND not_before_ms <= ?
        AND (not_before_ms, id) > (?, ?) ORDER BY not_before_ms, id LIMIT ?
      """

  /// What follows a row, in the order in which it was inserted.
  package func outbox(after id: Int64, limit: Int) throws(VaultError) -> [OutboxRecord] {
    try all(Self.outboxColumns + " WHERE id > ? ORDER BY id LIMIT ?", [id, Int64(max(0, limit))], outbox)
  }

  /// When the next row may be tried whose turn it is.
  package func nextOutboxMilliseconds() throws(VaultError) -> Int64? {
    guard let row = try row(Self.nextOutboxSQL) else { return nil }
    return try row.optionalInteger(0)
  }

  /// The question of ``nextOutboxMilliseconds()``.
  package static let nextOutboxSQL = "SELECT min(not_before_ms) FROM outbox WHERE turn > 0"

  /// Makes rows due now that wait for a time after `latest`, of those whose turn it is: the others are not looked at, however
  /// many there are, until it is theirs.
  package func hastenOutbox(after latest: Int64, toMilliseconds now: Int64) throws(VaultError) {
    try execute(Self.hastenOutboxSQL, [now, latest])
  }

  /// The change of ``hastenOutbox(after:toMilliseconds:)``: the new time, the latest one.
  package static let hastenOutboxSQL = "UPDATE outbox SET not_before_ms = ? WHERE turn > 0 AND not_before_ms > ?"

  /// Whether nothing is to be sent.
  package func isOutboxEmpty() throws(VaultError) -> Bool { try row("SELECT 1 FROM outbox LIMIT 1") == nil }

  /// What carries a message, in the order in which it was inserted.
  package func outbox(messageID: Int64) throws(VaultError) -> [OutboxRecord] {
    try all(Self.outboxColumns + " WHERE message_id = ? ORDER BY id", [messageID], outbox)
  }

  /// What goes to a contact, in the order in which it was inserted.
  package func outbox(contactID: Int64) throws(VaultError) -> [OutboxRecord] {
    try all(Self.outboxColumns + " WHERE contact_id = ? ORDER BY id", [contactID], outbox)
  }

  /// What goes to a contact first; what stands in no line is not asked for.
  package func firstInOutbox(contactID: Int64) throws(VaultError) -> OutboxRecord? {
    try first(Self.outboxColumns + " WHERE contact_id = ? AND turn = 1", [contactID], outbox)
  }

  /// Whether anything goes to a device of a contact.
  package func hasOutbox(peerDeviceID: Int64) throws(VaultError) -> Bool {
    try row("SELECT 1 FROM outbox WHERE peer_device_id = ? LIMIT 1", [peerDeviceID]) != nil
  }

  /// Whether anything goes to a contact.
  package func hasOutbox(contactID: Int64) throws(VaultError) -> Bool {
    try row("SELECT 1 FROM outbox WHERE contact_id = ? LIMIT 1", [contactID]) != nil
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

  private func outbox(_ row: VaultRow) throws(VaultError) -> OutboxRecord {
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
      notBeforeMilliseconds: try row.integer(5), giveUpAt: try row.integer(6), body: fields.body,
      standsInLine: try row.integer(9) != 2)
  }
}
