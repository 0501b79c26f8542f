package import ByteLayout
import Foundation
package import SecretMemory

/// A session with a peer device. Archive and exporter keys are read and written on their own.
package struct SessionRecord: Hashable, Sendable {
  /// 0 until it is inserted.
  package var id: Int64
  /// Look-up hash of the session id (C4); unique.
  package var sessionHash: FixedBytes<16>
  package var peerDeviceID: Int64
  package var purpose: UInt8
  package var state: UInt8
  /// Unix seconds.
  package var createdAt: Int64
  /// When the peer's first message on it was decrypted, unix seconds; 0 before.
  package var confirmedAt: Int64
  package var body: [UInt8]

  package init(
    id: Int64 = 0, sessionHash: FixedBytes<16>, peerDeviceID: Int64, purpose: UInt8, state: UInt8,
    createdAt: Int64, confirmedAt: Int64, body: [UInt8]
  ) {
    self.id = id
    self.sessionHash = sessionHash
    self.peerDeviceID = peerDeviceID
    self.purpose = purpose
    self.state = state
    self.createdAt = createdAt
    self.confirmedAt = confirmedAt
    self.body = body
  }
}

extension VaultTransaction {
  private static let sessionColumns = "SELECT id, session_hash, peer_device_id, sealed FROM session"

  /// Inserts a session with its ratchet archive and its exporter keys, 96 bytes.
  ///
  /// - Returns: its id.
  /// - Throws: ``VaultError/duplicate``.
  @discardableResult
  package func insertSession(
    _ record: SessionRecord, archive: borrowing SecretBytes, exporters: borrowing SecretBytes
  ) throws(VaultError) -> Int64 {
    let id = try nextRowID(.session)
    try execute(
      """
      INSERT INTO session (id, session_hash, peer_device_id, sealed, archive, exporters) VALUES (?, ?, ?, ?, ?, ?)
      """,
      [
        id, record.sessionHash, record.peerDeviceID, try sealSession(record, id),
        try seal(secret: archive, .session, "archive", id), try seal(secret: exporters, .session, "exporters", id),
      ])
    return id
  }

  /// Changes everything but the hash and the secrets.
  package func updateSession(_ record: SessionRecord) throws(VaultError) {
    try executeOnOne(
      "UPDATE session SET peer_device_id = ?, sealed = ? WHERE id = ?",
      [record.peerDeviceID, try sealSession(record, record.id), record.id])
  }

  /// Deletes a session with its secrets. That it was known is kept apart: ``insertKnownSession(sessionHash:keepUntil:)``.
  package func deleteSession(id: Int64) throws(VaultError) {
    try executeOnOne("DELETE FROM session WHERE id = ?", [id])
  }

  package func session(id: Int64) throws(VaultError) -> SessionRecord? {
    try first(Self.sessionColumns + " WHERE id = ?", [id], session)
  }

  package func session(sessionHash: FixedBytes<16>) throws(VaultError) -> SessionRecord? {
    try first(Self.sessionColumns + " WHERE session_hash = ?", [sessionHash], session)
  }

  /// The sessions with a peer device, oldest first.
  package func sessions(peerDeviceID: Int64) throws(VaultError) -> [SessionRecord] {
    try all(Self.sessionColumns + " WHERE peer_device_id = ? ORDER BY id", [peerDeviceID], session)
  }

  package func sessionCount(peerDeviceID: Int64) throws(VaultError) -> Int {
    Int(try integer("SELECT count(*) FROM session WHERE peer_device_id = ?", [peerDeviceID]))
  }

  private func sealSession(_ record: SessionRecord, _ id: Int64) throws(VaultError) -> Data {
    try seal(.session, id) { fields in
      fields.uint8(record.purpose)
      fields.uint8(record.state)
      fields.int64(record.createdAt)
      fields.int64(record.confirmedAt)
      fields.append(record.body)
    }
  }

  private func session(_ row: VaultRow) throws(VaultError) -> SessionRecord {
    let id = try row.integer(0)
    let fields = try open(try row.blob(3), .session, id) { reader throws(LayoutError) in
      (
        purpose: try reader.uint8(), state: try reader.uint8(), createdAt: try reader.int64(),
        confirmedAt: try reader.int64(), body: [UInt8](reader.rest())
      )
    }
    return SessionRecord(
      id: id, sessionHash: try row.hash(1), peerDeviceID: try row.integer(2), purpose: fields.purpose,
      state: fields.state, createdAt: fields.createdAt, confirmedAt: fields.confirmedAt, body: fields.body)
  }
}

// MARK: - Secrets

extension VaultTransaction {
  /// The archived state of the ratchet.
  ///
  /// - Throws: ``VaultError/notStored``.
  package func sessionArchive(id: Int64) throws(VaultError) -> SecretBytes {
    try requiredSecret(.session, "archive", id)
  }

  package func setSessionArchive(_ archive: borrowing SecretBytes, id: Int64) throws(VaultError) {
    try setSecret(archive, .session, "archive", id)
  }

  static let archiveUpdate = "UPDATE session SET archive = ? WHERE id = ?"

  /// The ratchet that was last given to ``keep(_:sessionID:isChanged:)``, if nothing was written there since.
  package func keptRatchet(sessionID: Int64) -> (any KeptRatchet)? { kept.ratchets[sessionID]?.record }

  /// Keeps the ratchet of a session for the next message on it.
  ///
  /// - Parameter isChanged: whether it is ahead of the archive. That is written with the transaction's other changes.
  package func keep(_ ratchet: any KeptRatchet, sessionID: Int64, isChanged: Bool) throws(VaultError) {
    if isChanged { try allowChange() }
    let hasChanged = isChanged || kept.ratchets[sessionID]?.isChanged == true
    if kept.ratchets[sessionID] == nil, kept.ratchets.count >= KeptRows.maximumRatchetCount {
      try writeChanges(of: .archives)
      kept.forget(.archives)
    }
    kept.ratchets[sessionID] = KeptRows.Kept(record: ratchet, isChanged: hasChanged)
    if hasChanged { kept.unwritten.insert(.archives) }
  }

  /// The exporter keys (C4), 96 bytes.
  ///
  /// - Throws: ``VaultError/notStored``.
  package func sessionExporters(id: Int64) throws(VaultError) -> SecretBytes {
    try requiredSecret(.session, "exporters", id)
  }
}
