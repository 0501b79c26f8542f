package import ByteLayout
import Foundation

/// A session message that was authentic in the sealed layer and that no session could decrypt.
package struct QuarantineRecord: Hashable, Sendable {
  /// 0 until it is inserted.
  package var id: Int64
  package var peerDeviceID: Int64
  /// Look-up hash of the session id that the message names.
  package var sessionHash: FixedBytes<16>
  /// SHA-256(session message)[0..16]; unique per device.
  package var messageHash: FixedBytes<16>
  /// When it came, unix seconds.
  package var at: Int64
  package var body: [UInt8]

  package init(
    id: Int64 = 0, peerDeviceID: Int64, sessionHash: FixedBytes<16>, messageHash: FixedBytes<16>, at: Int64,
    body: [UInt8]
  ) {
    self.id = id
    self.peerDeviceID = peerDeviceID
    self.sessionHash = sessionHash
    self.messageHash = messageHash
    self.at = at
    self.body = body
  }
}

extension VaultTransaction {
  private static let quarantineColumns =
    "SELECT id, peer_device_id, session_hash, message_hash, at, sealed FROM quarantine"

  /// - Throws: ``VaultError/duplicate`` for a message that is there.
  package func insertQuarantine(_ record: QuarantineRecord) throws(VaultError) {
    let id = try nextRowID(.quarantine)
    let sealed = try seal(.quarantine, id) { $0.append(record.body) }
    try execute(
      """
      INSERT INTO quarantine (id, peer_device_id, session_hash, message_hash, at, sealed) VALUES (?, ?, ?, ?, ?, ?)
      """,
      [id, record.peerDeviceID, record.sessionHash, record.messageHash, record.at, sealed])
  }

  package func isQuarantined(peerDeviceID: Int64, messageHash: FixedBytes<16>) throws(VaultError) -> Bool {
    try row(
      "SELECT 1 FROM quarantine WHERE peer_device_id = ? AND message_hash = ?", [peerDeviceID, messageHash]) != nil
  }

  package func quarantineCount(peerDeviceID: Int64) throws(VaultError) -> Int {
    Int(try integer("SELECT count(*) FROM quarantine WHERE peer_device_id = ?", [peerDeviceID]))
  }

  /// The messages that name a session, in the order in which they came.
  package func quarantine(sessionHash: FixedBytes<16>) throws(VaultError) -> [QuarantineRecord] {
    try all(Self.quarantineColumns + " WHERE session_hash = ? ORDER BY id", [sessionHash], quarantine)
  }

  /// The messages that came before `time`, in the order in which they came.
  package func quarantine(before time: Int64, limit: Int) throws(VaultError) -> [QuarantineRecord] {
    try all(Self.quarantineColumns + " WHERE at < ? ORDER BY id LIMIT ?", [time, Int64(max(0, limit))], quarantine)
  }

  /// When the oldest one came, nil when there is none.
  package func oldestQuarantine() throws(VaultError) -> Int64? {
    guard let row = try row("SELECT min(at) FROM quarantine") else { return nil }
    return try row.optionalInteger(0)
  }

  package func deleteQuarantine(id: Int64) throws(VaultError) {
    try execute("DELETE FROM quarantine WHERE id = ?", [id])
  }

  private func quarantine(_ row: VaultRow) throws(VaultError) -> QuarantineRecord {
    let id = try row.integer(0)
    let body = try open(try row.blob(5), .quarantine, id) { reader throws(LayoutError) in [UInt8](reader.rest()) }
    return QuarantineRecord(
      id: id, peerDeviceID: try row.integer(1), sessionHash: try row.hash(2), messageHash: try row.hash(3),
      at: try row.integer(4), body: body)
  }
}
