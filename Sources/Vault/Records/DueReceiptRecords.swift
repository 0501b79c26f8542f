import ByteLayout
import Foundation

/// A receipt that is owed to a contact and goes out at its time.
package struct DueReceiptRecord: Hashable, Sendable {
  /// 0 until it is inserted.
  package var id: Int64
  package var contactID: Int64
  package var messageID: Int64
  package var kind: UInt8
  /// What the receipt says.
  package var atMilliseconds: Int64
  /// When it is to be sent.
  package var dueAtMilliseconds: Int64

  package init(
    id: Int64 = 0, contactID: Int64, messageID: Int64, kind: UInt8, atMilliseconds: Int64, dueAtMilliseconds: Int64
  ) {
    self.id = id
    self.contactID = contactID
    self.messageID = messageID
    self.kind = kind
    self.atMilliseconds = atMilliseconds
    self.dueAtMilliseconds = dueAtMilliseconds
  }
}

extension VaultTransaction {
  private static let dueReceiptColumns = "SELECT id, contact_id, message_id, kind, due_at_ms, sealed FROM due_receipt"

  /// Inserts a receipt, one per message and kind: the first stays.
  ///
  /// - Returns: its id, nil when there was one.
  @discardableResult
  package func insertDueReceipt(_ record: DueReceiptRecord) throws(VaultError) -> Int64? {
    let id = try nextRowID(.dueReceipt)
    let sealed = try seal(.dueReceipt, id) { $0.int64(record.atMilliseconds) }
    let inserted = try execute(
      """
      INSERT INTO due_receipt (id, contact_id, message_id, kind, due_at_ms, sealed) VALUES (?, ?, ?, ?, ?, ?)
      ON CONFLICT (message_id, kind) DO NOTHING
      """,
      [id, record.contactID, record.messageID, Int64(record.kind), record.dueAtMilliseconds, sealed])
    return inserted == 0 ? nil : id
  }

  /// The receipts whose time has come, the longest due first.
  package func dueReceipts(nowMilliseconds: Int64) throws(VaultError) -> [DueReceiptRecord] {
    try all(
      Self.dueReceiptColumns + " WHERE due_at_ms <= ? ORDER BY due_at_ms, id", [nowMilliseconds], dueReceipt)
  }

  /// Deletes those of the receipts that are there.
  package func deleteDueReceipts(ids: [Int64]) throws(VaultError) {
    for id in ids { try execute("DELETE FROM due_receipt WHERE id = ?", [id]) }
  }

  /// When the next receipt is due.
  package func nextDueReceiptMilliseconds() throws(VaultError) -> Int64? {
    guard let row = try row("SELECT min(due_at_ms) FROM due_receipt") else { return nil }
    return try row.optionalInteger(0)
  }

  /// Makes receipts due now that wait for a time after `latest`.
  package func hastenDueReceipts(after latest: Int64, toMilliseconds now: Int64) throws(VaultError) {
    try execute("UPDATE due_receipt SET due_at_ms = ? WHERE due_at_ms > ?", [now, latest])
  }

  /// When the latest receipt that is owed to a contact is due, nil when none is owed.
  package func latestDueReceiptMilliseconds(contactID: Int64) throws(VaultError) -> Int64? {
    guard let row = try row("SELECT max(due_at_ms) FROM due_receipt WHERE contact_id = ?", [contactID]) else {
      return nil
    }
    return try row.optionalInteger(0)
  }

  private func dueReceipt(_ row: VaultRow) throws(VaultError) -> DueReceiptRecord {
    let id = try row.integer(0)
    let at = try open(try row.blob(5), .dueReceipt, id) { reader throws(LayoutError) in try reader.int64() }
    return DueReceiptRecord(
      id: id, contactID: try row.integer(1), messageID: try row.integer(2), kind: try row.uint8(3),
      atMilliseconds: at, dueAtMilliseconds: try row.integer(4))
  }
}
