package import ByteLayout
import Foundation
package import SecretMemory

/// An invitation that was given out. Its token is read on its own.
package struct InviteRecord: Hashable, Sendable {
  /// 0 until it is inserted.
  package var id: Int64
  /// Look-up hash of the token; unique.
  package var tokenHash: FixedBytes<16>
  package var kind: UInt8
  package var state: UInt8
  /// Unix seconds.
  package var createdAt: Int64
  /// Unix seconds.
  package var expiresAt: Int64
  /// Who has used it.
  package var contactID: Int64?
  package var body: [UInt8]

  package init(
    id: Int64 = 0, tokenHash: FixedBytes<16>, kind: UInt8, state: UInt8, createdAt: Int64, expiresAt: Int64,
    contactID: Int64? = nil, body: [UInt8]
  ) {
    self.id = id
    self.tokenHash = tokenHash
    self.kind = kind
    self.state = state
    self.createdAt = createdAt
    self.expiresAt = expiresAt
    self.contactID = contactID
    self.body = body
  }
}

extension VaultTransaction {
  private static let inviteColumns = "SELECT id, token_hash, state, expires_at, contact_id, sealed FROM invite"

  /// Inserts an invite with its token, 16 bytes.
  ///
  /// - Returns: its id.
  /// - Throws: ``VaultError/duplicate``.
  @discardableResult
  package func insertInvite(_ record: InviteRecord, token: borrowing SecretBytes) throws(VaultError) -> Int64 {
    let id = try nextRowID(.invite)
    try execute(
      """
      INSERT INTO invite (id, token_hash, state, expires_at, contact_id, sealed, token)
      VALUES (?, ?, ?, ?, ?, ?, ?)
      """,
      [
        id, record.tokenHash, Int64(record.state), record.expiresAt, record.contactID,
        try sealInvite(record, id), try seal(secret: token, .invite, "token", id),
      ])
    return id
  }

  /// Changes everything but the token and its hash.
  package func updateInvite(_ record: InviteRecord) throws(VaultError) {
    try executeOnOne(
      "UPDATE invite SET state = ?, expires_at = ?, contact_id = ?, sealed = ? WHERE id = ?",
      [Int64(record.state), record.expiresAt, record.contactID, try sealInvite(record, record.id), record.id])
  }

  package func invite(id: Int64) throws(VaultError) -> InviteRecord? {
    try first(Self.inviteColumns + " WHERE id = ?", [id], invite)
  }

  package func invite(tokenHash: FixedBytes<16>) throws(VaultError) -> InviteRecord? {
    try first(Self.inviteColumns + " WHERE token_hash = ?", [tokenHash], invite)
  }

  /// The invites in a state, oldest first.
  package func invites(state: UInt8) throws(VaultError) -> [InviteRecord] {
    try all(Self.inviteColumns + " WHERE state = ? ORDER BY id", [Int64(state)], invite)
  }

  /// The token of an invite, 16 bytes.
  ///
  /// - Throws: ``VaultError/notStored``.
  package func inviteToken(inviteID: Int64) throws(VaultError) -> SecretBytes {
    try requiredSecret(.invite, "token", inviteID)
  }

  private func sealInvite(_ record: InviteRecord, _ id: Int64) throws(VaultError) -> Data {
    try seal(.invite, id) { fields in
      fields.uint8(record.kind)
      fields.int64(record.createdAt)
      fields.append(record.body)
    }
  }

  private func invite(_ row: VaultRow) throws(VaultError) -> InviteRecord {
    let id = try row.integer(0)
    let fields = try open(try row.blob(5), .invite, id) { reader throws(LayoutError) in
      (kind: try reader.uint8(), createdAt: try reader.int64(), body: [UInt8](reader.rest()))
    }
    return InviteRecord(
      id: id, tokenHash: try row.hash(1), kind: fields.kind, state: try row.uint8(2), createdAt: fields.createdAt,
      expiresAt: try row.integer(3), contactID: try row.optionalInteger(4), body: fields.body)
  }
}
