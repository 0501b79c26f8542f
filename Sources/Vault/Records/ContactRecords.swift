package import ByteLayout
import Foundation
package import SecretMemory

/// Somebody to talk to. Their slot secret and invite token are read and written on their own.
package struct ContactRecord: Hashable, Sendable {
  /// 0 until it is inserted.
  package var id: Int64
  /// Look-up hash of the account id; unique.
  package var accountHash: FixedBytes<16>
  /// Look-up hash of the local name; unique.
  package var nameHash: FixedBytes<16>
  /// Unix seconds.
  package var createdAt: Int64
  package var status: UInt8
  package var body: [UInt8]

  package init(
    id: Int64 = 0, accountHash: FixedBytes<16>, nameHash: FixedBytes<16>, createdAt: Int64, status: UInt8,
    body: [UInt8]
  ) {
    self.id = id
    self.accountHash = accountHash
    self.nameHash = nameHash
    self.createdAt = createdAt
    self.status = status
    self.body = body
  }
}

extension VaultTransaction {
  private static let contactColumns = "SELECT id, account_hash, name_hash, sealed FROM contact"

  /// Inserts a contact.
  ///
  /// - Returns: its id.
  /// - Throws: ``VaultError/duplicate`` for an account or name that is there.
  @discardableResult
  package func insertContact(_ record: ContactRecord) throws(VaultError) -> Int64 {
    let id = try nextRowID(.contact)
    try execute(
      "INSERT INTO contact (id, account_hash, name_hash, sealed) VALUES (?, ?, ?, ?)",
      [id, record.accountHash, record.nameHash, try sealContact(record, id)])
    return id
  }

  /// Changes everything but the secrets of a contact.
  package func updateContact(_ record: ContactRecord) throws(VaultError) {
    try executeOnOne(
      "UPDATE contact SET account_hash = ?, name_hash = ?, sealed = ? WHERE id = ?",
      [record.accountHash, record.nameHash, try sealContact(record, record.id), record.id])
  }

  /// Deletes a contact with its slot, peer devices, sessions, conversation, messages, outbox and due receipts.
  ///
  /// The messages' keys should be destroyed by an erasure first: only that reaches copies of the database.
  package func deleteContact(id: Int64) throws(VaultError) {
    try executeOnOne("DELETE FROM contact WHERE id = ?", [id])
  }

  package func contact(id: Int64) throws(VaultError) -> ContactRecord? {
    try first(Self.contactColumns + " WHERE id = ?", [id], contact)
  }

  package func contact(accountHash: FixedBytes<16>) throws(VaultError) -> ContactRecord? {
    try first(Self.contactColumns + " WHERE account_hash = ?", [accountHash], contact)
  }

  package func contact(nameHash: FixedBytes<16>) throws(VaultError) -> ContactRecord? {
    try first(Self.contactColumns + " WHERE name_hash = ?", [nameHash], contact)
  }

  /// All contacts, in the order in which they were added.
  package func contacts() throws(VaultError) -> [ContactRecord] {
    try all(Self.contactColumns + " ORDER BY id", [], contact)
  }

  private func sealContact(_ record: ContactRecord, _ id: Int64) throws(VaultError) -> Data {
    try seal(.contact, id) { fields in
      fields.int64(record.createdAt)
      fields.uint8(record.status)
      fields.append(record.body)
    }
  }

  private func contact(_ row: VaultRow) throws(VaultError) -> ContactRecord {
    let id = try row.integer(0)
    let fields = try open(try row.blob(3), .contact, id) { reader throws(LayoutError) in
      (createdAt: try reader.int64(), status: try reader.uint8(), body: [UInt8](reader.rest()))
    }
    return ContactRecord(
      id: id, accountHash: try row.hash(1), nameHash: try row.hash(2), createdAt: fields.createdAt,
      status: fields.status, body: fields.body)
  }
}

// MARK: - Secrets

extension VaultTransaction {
  /// The secret of the slot that the contact has given us at its mailbox.
  package func theirSlotSecret(contactID: Int64) throws(VaultError) -> SecretBytes? {
    try secret(.contact, "their_slot_secret", contactID)
  }

  package func setTheirSlotSecret(_ secret: borrowing SecretBytes, contactID: Int64) throws(VaultError) {
    try setSecret(secret, .contact, "their_slot_secret", contactID)
  }

  package func clearTheirSlotSecret(contactID: Int64) throws(VaultError) {
    try clearSecret(.contact, "their_slot_secret", contactID)
  }

  /// The token of the invite that led to the contact, until they have given us a slot.
  package func inviteToken(contactID: Int64) throws(VaultError) -> SecretBytes? {
    try secret(.contact, "invite_token", contactID)
  }

  package func setInviteToken(_ token: borrowing SecretBytes, contactID: Int64) throws(VaultError) {
    try setSecret(token, .contact, "invite_token", contactID)
  }

  package func clearInviteToken(contactID: Int64) throws(VaultError) {
    try clearSecret(.contact, "invite_token", contactID)
  }
}
