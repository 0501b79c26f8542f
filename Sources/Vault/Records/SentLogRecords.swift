import ByteLayout

/// A numbered message that a peer device has not acknowledged yet: what a RetryRequest may ask for.
package struct SentLogRecord: Hashable, Sendable {
  package var peerDeviceID: Int64
  package var pairSeq: UInt64
  /// Nil for receipts and control messages, and for messages that are gone.
  package var messageID: Int64?
  /// When it was first encrypted, unix seconds.
  package var at: Int64
  /// The kind of the outbox row that it was.
  package var kind: UInt8
  /// How often it was sent again.
  package var resent: UInt8
  /// The secret chat that it belongs to; nil: the contact's direct conversation.
  package var conversationID: Int64?

  package init(
    peerDeviceID: Int64, pairSeq: UInt64, messageID: Int64? = nil, at: Int64, kind: UInt8 = 0, resent: UInt8 = 0,
    conversationID: Int64? = nil
  ) {
    self.peerDeviceID = peerDeviceID
    self.pairSeq = pairSeq
    self.messageID = messageID
    self.at = at
    self.kind = kind
    self.resent = resent
    self.conversationID = conversationID
  }
}

extension VaultTransaction {
  private static let sentLogColumns =
    "SELECT peer_device_id, pair_seq, message_id, at, kind, resent, conversation_id FROM sent_log"

  /// Inserts what was encrypted for the first time.
  ///
  /// - Parameter content: of a receipt or control message, kept until the log lets go of it; nil for messages.
  /// - Throws: ``VaultError/duplicate`` for a number that is there.
  package func insertSentLog(_ record: SentLogRecord, content: [UInt8]? = nil) throws(VaultError) {
    let number = try Self.stored(record.pairSeq)
    try execute(
      """
      INSERT INTO sent_log (peer_device_id, pair_seq, message_id, at, kind, resent, conversation_id)
      VALUES (?, ?, ?, ?, ?, ?, ?)
      """,
      [
        record.peerDeviceID, number, record.messageID, record.at, Int64(record.kind), Int64(record.resent),
        record.conversationID,
      ])
    guard let content else { return }
    let id = try nextRowID(.sentControl)
    try execute(
      "INSERT INTO sent_control (id, peer_device_id, pair_seq, sealed) VALUES (?, ?, ?, ?)",
      [id, record.peerDeviceID, number, try seal(.sentControl, id) { $0.append(content) }])
  }

  package func sentLog(peerDeviceID: Int64, pairSeq: UInt64) throws(VaultError) -> SentLogRecord? {
    try first(
      Self.sentLogColumns + " WHERE peer_device_id = ? AND pair_seq = ?",
      [peerDeviceID, try Self.stored(pairSeq)], sentLog)
  }

  /// What a peer device has not acknowledged, in the order of the numbers.
  package func sentLog(peerDeviceID: Int64) throws(VaultError) -> [SentLogRecord] {
    try all(Self.sentLogColumns + " WHERE peer_device_id = ? ORDER BY pair_seq", [peerDeviceID], sentLog)
  }

  /// What a message was sent as, one record for each device that has not acknowledged it.
  package func sentLog(messageID: Int64) throws(VaultError) -> [SentLogRecord] {
    try all(Self.sentLogColumns + " WHERE message_id = ? ORDER BY peer_device_id, pair_seq", [messageID], sentLog)
  }

  /// The content of a receipt or control message, nil for a message, and for a number that is not in the log.
  package func sentContent(peerDeviceID: Int64, pairSeq: UInt64) throws(VaultError) -> [UInt8]? {
    try first(
      "SELECT id, sealed FROM sent_control WHERE peer_device_id = ? AND pair_seq = ?",
      [peerDeviceID, try Self.stored(pairSeq)]
    ) { row throws(VaultError) in
      try open(try row.blob(1), .sentControl, try row.integer(0)) { reader throws(LayoutError) in
        [UInt8](reader.rest())
      }
    }
  }

  /// Notes that a number is sent once more.
  package func countResent(peerDeviceID: Int64, pairSeq: UInt64) throws(VaultError) {
    try executeOnOne(
      "UPDATE sent_log SET resent = min(resent + 1, 255) WHERE peer_device_id = ? AND pair_seq = ?",
      [peerDeviceID, try Self.stored(pairSeq)])
  }

  /// What was sent in a secret chat may be sent again as often as if it never had been.
  package func forgetResent(conversationID: Int64) throws(VaultError) {
    try execute("UPDATE sent_log SET resent = 0 WHERE conversation_id = ?", [conversationID])
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

  private func sentLog(_ row: VaultRow) throws(VaultError) -> SentLogRecord {
    SentLogRecord(
      peerDeviceID: try row.integer(0), pairSeq: try row.uint64(1), messageID: try row.optionalInteger(2),
      at: try row.integer(3), kind: try row.uint8(4), resent: try row.uint8(5),
      conversationID: try row.optionalInteger(6))
  }
}
