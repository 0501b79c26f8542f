import ByteLayout

/// How far the repair with a peer device is, and when something is due for it.
package struct PeerTimer: Hashable, Sendable {
  package let peerDeviceID: Int64
  package let kind: UInt8
  package let dueAtMilliseconds: Int64
}

extension VaultTransaction {
  /// The record of a peer device, nil while there is none.
  package func healing(peerDeviceID: Int64) throws(VaultError) -> [UInt8]? {
    guard let row = try row("SELECT sealed FROM healing WHERE id = ?", [peerDeviceID]) else { return nil }
    return try open(try row.blob(0), .healing, peerDeviceID) { reader throws(LayoutError) in [UInt8](reader.rest()) }
  }

  package func setHealing(_ body: [UInt8], peerDeviceID: Int64) throws(VaultError) {
    let sealed = try seal(.healing, peerDeviceID) { $0.append(body) }
    try execute(
      "INSERT INTO healing (id, sealed) VALUES (?, ?) ON CONFLICT DO UPDATE SET sealed = excluded.sealed",
      [peerDeviceID, sealed])
  }

  /// Sets when a kind of work is due for a peer device, whatever was set before.
  package func setPeerTimer(peerDeviceID: Int64, kind: UInt8, dueAtMilliseconds: Int64) throws(VaultError) {
    try execute(
      """
      INSERT INTO peer_timer (peer_device_id, kind, due_at_ms) VALUES (?, ?, ?)
      ON CONFLICT DO UPDATE SET due_at_ms = excluded.due_at_ms
      """, [peerDeviceID, Int64(kind), dueAtMilliseconds])
  }

  package func clearPeerTimer(peerDeviceID: Int64, kind: UInt8) throws(VaultError) {
    try execute("DELETE FROM peer_timer WHERE peer_device_id = ? AND kind = ?", [peerDeviceID, Int64(kind)])
  }

  /// When a kind of work is due, nil when it is not set.
  package func peerTimer(peerDeviceID: Int64, kind: UInt8) throws(VaultError) -> Int64? {
    try first(
      "SELECT due_at_ms FROM peer_timer WHERE peer_device_id = ? AND kind = ?", [peerDeviceID, Int64(kind)]
    ) { row throws(VaultError) in try row.integer(0) }
  }

  /// What is due, the longest due first.
  package func duePeerTimers(nowMilliseconds: Int64, limit: Int) throws(VaultError) -> [PeerTimer] {
    try all(
      """
      SELECT peer_device_id, kind, due_at_ms FROM peer_timer WHERE due_at_ms <= ?
      ORDER BY due_at_ms, peer_device_id, kind LIMIT ?
      """, [nowMilliseconds, Int64(max(0, limit))]
    ) { row throws(VaultError) in
      PeerTimer(peerDeviceID: try row.integer(0), kind: try row.uint8(1), dueAtMilliseconds: try row.integer(2))
    }
  }

  /// When the next work is due, nil when there is none.
  package func nextPeerTimerMilliseconds() throws(VaultError) -> Int64? {
    guard let row = try row("SELECT min(due_at_ms) FROM peer_timer") else { return nil }
    return try row.optionalInteger(0)
  }
}
