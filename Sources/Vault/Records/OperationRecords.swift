package import ByteLayout
import Foundation

/// Which of two changes of one field holds: the higher revision, then the smaller operation id (G4).
///
/// A total order over all changes, so that every order of arrival ends in the same value.
package struct OperationStamp: Hashable, Sendable {
  package let revision: UInt32
  package let operationID: FixedBytes<16>

  package init(revision: UInt32, operationID: FixedBytes<16>) {
    self.revision = revision
    self.operationID = operationID
  }

  /// Whether this change wins over `other`.
  package func wins(over other: OperationStamp) -> Bool {
    revision != other.revision ? revision > other.revision : operationID < other.operationID
  }
}

/// A field of a message that operations set.
package struct OperationField: Hashable, Sendable {
  package let stamp: OperationStamp
  package let value: [UInt8]

  package init(stamp: OperationStamp, value: [UInt8]) {
    self.stamp = stamp
    self.value = value
  }
}

extension VaultTransaction {
  /// A field of a message; nil when no operation has set it, or the message is gone.
  package func operationField(_ field: UInt8, messageID: Int64) throws(VaultError) -> OperationField? {
    guard
      let row = try row(
        "SELECT id, sealed FROM operation_field WHERE message_id = ? AND field = ?", [messageID, Int64(field)]),
      let key = try messageKey(messageID)
    else { return nil }
    let place = ColumnPlace(.operationField, "sealed", try row.integer(0))
    var reader = LayoutReader(try SealedValue.open(try row.blob(1), key: key, at: place))
    do throws(LayoutError) {
      let stamp = OperationStamp(revision: try reader.uint32(), operationID: try reader.fixed())
      return OperationField(stamp: stamp, value: [UInt8](reader.rest()))
    } catch { throw place.damaged }
  }

  /// Sets a field of a message if the change wins over what is there (G4).
  ///
  /// The value is sealed under the message's own key: destroying that destroys it.
  /// - Returns: whether it won. False for a message that is gone: deleting beats everything.
  @discardableResult
  package func mergeOperationField(
    _ field: UInt8, _ change: OperationField, messageID: Int64
  ) throws(VaultError) -> Bool {
    if let present = try operationField(field, messageID: messageID) {
      guard change.stamp.wins(over: present.stamp) else { return false }
    }
    guard let key = try messageKey(messageID) else { return false }
    try execute("DELETE FROM operation_field WHERE message_id = ? AND field = ?", [messageID, Int64(field)])
    let id = try nextRowID(.operationField)
    var writer = LayoutWriter()
    writer.uint32(change.stamp.revision)
    writer.append(change.stamp.operationID)
    writer.append(change.value)
    let sealed = try SealedValue.seal(
      writer.bytes, key: key, at: ColumnPlace(.operationField, "sealed", id), nonce: nonces.next())
    try execute(
      "INSERT INTO operation_field (id, message_id, field, sealed) VALUES (?, ?, ?, ?)",
      [id, messageID, Int64(field), sealed])
    return true
  }
}

/// An operation that came before its target.
package struct PendingOperationRecord: Hashable, Sendable {
  /// 0 until it is inserted.
  package var id: Int64
  /// Look-up hash of the target, as the target's own row will have it.
  package let targetHash: FixedBytes<16>
  /// Look-up hash of who did it and of its id; unique.
  package let operationHash: FixedBytes<16>
  package let contactID: Int64
  /// Unix seconds.
  package let keepUntil: Int64
  /// The encoded Content.
  package let body: [UInt8]

  package init(
    id: Int64 = 0, targetHash: FixedBytes<16>, operationHash: FixedBytes<16>, contactID: Int64, keepUntil: Int64,
    body: [UInt8]
  ) {
    self.id = id
    self.targetHash = targetHash
    self.operationHash = operationHash
    self.contactID = contactID
    self.keepUntil = keepUntil
    self.body = body
  }
}

extension VaultTransaction {
  /// Keeps an operation for later; one that is kept already stays as it is.
  package func insertPendingOperation(_ record: PendingOperationRecord) throws(VaultError) {
    guard
      try row("SELECT 1 FROM pending_operation WHERE operation_hash = ?", [record.operationHash]) == nil
    else { return }
    let id = try nextRowID(.pendingOperation)
    try execute(
      """
      INSERT INTO pending_operation (id, target_hash, operation_hash, contact_id, keep_until, sealed)
      VALUES (?, ?, ?, ?, ?, ?)
      """,
      [
        id, record.targetHash, record.operationHash, record.contactID, record.keepUntil,
        try seal(.pendingOperation, id) { $0.append(record.body) },
      ])
  }

  /// What waits for this target, in the order in which it came.
  package func pendingOperations(targetHash: FixedBytes<16>) throws(VaultError) -> [PendingOperationRecord] {
    // Mostly nothing waits for anything: that is asked once in a batch.
    guard try row("SELECT 1 FROM pending_operation LIMIT 1") != nil else { return [] }
    return try all(
      """
      SELECT id, target_hash, operation_hash, contact_id, keep_until, sealed FROM pending_operation
      WHERE target_hash = ? ORDER BY id
      """, [targetHash]
    ) { row throws(VaultError) in
      let id = try row.integer(0)
      return PendingOperationRecord(
        id: id, targetHash: try row.hash(1), operationHash: try row.hash(2), contactID: try row.integer(3),
        keepUntil: try row.integer(4),
        body: try open(try row.blob(5), .pendingOperation, id) { reader throws(LayoutError) in [UInt8](reader.rest()) })
    }
  }

  package func pendingOperationCount(contactID: Int64) throws(VaultError) -> Int {
    Int(try integer("SELECT count(*) FROM pending_operation WHERE contact_id = ?", [contactID]))
  }

  package func deletePendingOperation(id: Int64) throws(VaultError) {
    try executeOnOne("DELETE FROM pending_operation WHERE id = ?", [id])
  }

  /// Forgets what was to be kept until before `time`.
  @discardableResult
  package func purgePendingOperations(before time: Int64) throws(VaultError) -> Int {
    try execute("DELETE FROM pending_operation WHERE keep_until < ?", [time])
  }
}
