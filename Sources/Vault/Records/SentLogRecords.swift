import GRDB

/// A numbered message that a peer device has not acknowledged yet: what a RetryRequest may ask for.
package struct SentLogRecord: Hashable, Sendable {
  package var peerDeviceID: Int64
  package var pairSeq: UInt64
  /// Nil for control messages and for messages that are gone.
  package var messageID: Int64?
  /// When it was first encrypted, unix seconds.
  package var at: Int64

  package init(peerDeviceID: Int64, pairSeq: UInt64, messageID: Int64? = nil, at: Int64) {
    self.peerDeviceID = peerDeviceID
    self.pairSeq = pairSeq
    self.messageID = messageID
    self.at = at
  }
}

extension VaultTransaction {
  /// - Throws: ``VaultError/duplicate`` for a number that is there.
  package func insertSentLog(_ record: SentLogRecord) throws(VaultError) {
    try execute(
      "INSERT INTO sent_log (peer_device_id, pair_seq, message_id, at) VALUES (?, ?, ?, ?)",
      [record.peerDeviceID, try Self.stored(record.pairSeq), record.messageID, record.at])
  }

  package func sentLog(peerDeviceID: Int64, pairSeq: UInt64) throws(VaultError) -> SentLogRecord? {
    try first(
      "SELECT peer_device_id, pair_seq, message_id, at FROM sent_log WHERE peer_device_id = ? AND pair_seq = ?",
      [peerDeviceID, try Self.stored(pairSeq)]
    ) { row throws(VaultError) in
      SentLogRecord(
        peerDeviceID: try row.integer(0), pairSeq: try row.uint64(1), messageID: try row.optionalInteger(2),
        at: try row.integer(3))
    }
  }

  /// Forgets what the peer device has acknowledged.
  ///
  /// - Parameter pairAck: from the peer, any value.
  @discardableResult
  package func dropSentLogCovered(peerDeviceID: Int64, upTo pairAck: UInt64) throws(VaultError) -> Int {
    try execute(
      "DELETE FROM sent_log WHERE peer_device_id = ? AND pair_seq <= ?",
      [peerDeviceID, Int64(clamping: pairAck)])
  }

  /// Forgets what was sent before `time`.
  @discardableResult
  package func dropSentLogOlder(than time: Int64) throws(VaultError) -> Int {
    try execute("DELETE FROM sent_log WHERE at < ?", [time])
  }
}
