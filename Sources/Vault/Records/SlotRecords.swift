import ByteLayout
package import SecretMemory

/// A place at the own mailbox for one contact. Its secret is read on its own.
package struct SlotRecord: Hashable, Sendable {
  /// 0 until it is inserted.
  package var id: Int64
  /// Nil while it is free.
  package var contactID: Int64?
  /// The last day for which the relay knows its admission entries.
  package var registeredUntilDay: UInt32

  package init(id: Int64 = 0, contactID: Int64? = nil, registeredUntilDay: UInt32) {
    self.id = id
    self.contactID = contactID
    self.registeredUntilDay = registeredUntilDay
  }
}

extension VaultTransaction {
  private static let slotColumns = "SELECT id, contact_id, registered_until_day FROM slot"

  /// Inserts a slot with its secret, 32 bytes.
  ///
  /// - Returns: its id.
  @discardableResult
  package func insertSlot(_ record: SlotRecord, secret: borrowing SecretBytes) throws(VaultError) -> Int64 {
    let id = try nextRowID(.slot)
    try execute(
      "INSERT INTO slot (id, contact_id, registered_until_day, secret) VALUES (?, ?, ?, ?)",
      [id, record.contactID, Int64(record.registeredUntilDay), try seal(secret: secret, .slot, "secret", id)])
    return id
  }

  /// The slots that nobody has, oldest first.
  package func freeSlots() throws(VaultError) -> [SlotRecord] {
    try all(Self.slotColumns + " WHERE contact_id IS NULL AND retired = 0 ORDER BY id", [], slot)
  }

  /// All slots, oldest first.
  package func slots() throws(VaultError) -> [SlotRecord] {
    try all(Self.slotColumns + " ORDER BY id", [], slot)
  }

  /// The slots whose registration ends before `day`, oldest first.
  package func slots(registeredBefore day: UInt32) throws(VaultError) -> [SlotRecord] {
    try all(Self.slotColumns + " WHERE registered_until_day < ? AND retired = 0 ORDER BY id", [Int64(day)], slot)
  }

  /// The contact's newest slot.
  package func slot(contactID: Int64) throws(VaultError) -> SlotRecord? {
    try first(Self.slotColumns + " WHERE contact_id = ? ORDER BY id DESC LIMIT 1", [contactID], slot)
  }

  /// Gives a free slot to a contact.
  ///
  /// - Throws: ``VaultError/notStored`` when there is no such slot, or it is not free: a slot never changes hands.
  package func assignSlot(id: Int64, contactID: Int64) throws(VaultError) {
    try executeOnOne("UPDATE slot SET contact_id = ? WHERE id = ? AND contact_id IS NULL", [contactID, id])
  }

  /// Notes until when the relay knows these slots.
  package func setSlotsRegistered(ids: [Int64], untilDay day: UInt32) throws(VaultError) {
    for id in ids { try executeOnOne("UPDATE slot SET registered_until_day = ? WHERE id = ?", [Int64(day), id]) }
  }

  /// Takes the slots of a contact out of use.
  package func retireSlots(contactID: Int64) throws(VaultError) {
    try execute("UPDATE slot SET contact_id = NULL, retired = 1 WHERE contact_id = ?", [contactID])
  }

  /// The slots out of use that the relay still admits, oldest first.
  package func retiredSlots() throws(VaultError) -> [SlotRecord] {
    try all(Self.slotColumns + " WHERE retired = 1 ORDER BY id", [], slot)
  }

  /// Deletes those of the slots that are out of use: the relay has dropped their entries.
  package func deleteRetiredSlots(among ids: [Int64]) throws(VaultError) {
    for id in ids { try execute("DELETE FROM slot WHERE id = ? AND retired = 1", [id]) }
  }

  package func slotCount() throws(VaultError) -> Int {
    Int(try integer("SELECT count(*) FROM slot"))
  }

  /// The secret of a slot, 32 bytes.
  ///
  /// - Throws: ``VaultError/notStored``.
  package func slotSecret(id: Int64) throws(VaultError) -> SecretBytes {
    try requiredSecret(.slot, "secret", id)
  }

  private func slot(_ row: VaultRow) throws(VaultError) -> SlotRecord {
    SlotRecord(
      id: try row.integer(0), contactID: try row.optionalInteger(1), registeredUntilDay: try row.uint32(2))
  }
}
