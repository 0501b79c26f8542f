import ByteLayout
import Foundation

/// Something that happened. Content is joined from the message when it is shown: erasing that redacts this.
package struct EventRecord: Hashable, Sendable {
  /// 0 until it is appended. Ascending, never used twice.
  package var seq: Int64
  package var type: UInt8
  /// The message that it is about.
  package var messageID: Int64?
  /// The message's `rev` then.
  package var rev: UInt32
  /// Unix seconds.
  package var at: Int64
  package var body: [UInt8]?

  package init(
    seq: Int64 = 0, type: UInt8, messageID: Int64? = nil, rev: UInt32 = 0, at: Int64, body: [UInt8]? = nil
  ) {
    self.seq = seq
    self.type = type
    self.messageID = messageID
    self.rev = rev
    self.at = at
    self.body = body
  }
}

extension VaultTransaction {
  private static let consumerLabel = "consumer"

  /// Appends an event.
  ///
  /// - Returns: its seq.
  @discardableResult
  package func appendEvent(_ record: EventRecord) throws(VaultError) -> Int64 {
    let seq = try nextRowID(.event)
    let sealed = try seal(.event, seq) { fields in
      fields.uint8(record.type)
      fields.uint32(record.rev)
      fields.int64(record.at)
      fields.uint8(record.body == nil ? 0 : 1)
      fields.append(record.body ?? [])
    }
    try execute("INSERT INTO event (id, message_id, sealed) VALUES (?, ?, ?)", [seq, record.messageID, sealed])
    return seq
  }

  /// The events after `seq`, in their order.
  package func events(after seq: Int64, limit: Int) throws(VaultError) -> [EventRecord] {
    try all(
      "SELECT id, message_id, sealed FROM event WHERE id > ? ORDER BY id LIMIT ?", [seq, Int64(max(0, limit))], event)
  }

  /// The seq of the newest event ever, 0 when there was none.
  package func greatestEventSeq() throws(VaultError) -> Int64 {
    try greatestRowID(.event)
  }

  /// Up to which event a consumer has acknowledged; 0 for one that has not.
  package func consumerAcknowledged(name: String) throws(VaultError) -> Int64 {
    let hash = lookup(label: Self.consumerLabel, [UInt8](name.utf8))
    guard let row = try row("SELECT acknowledged FROM consumer WHERE name_hash = ?", [hash]) else { return 0 }
    return try row.integer(0)
  }

  /// Acknowledges all events up to `seq` for a consumer. Never goes back.
  package func setConsumerAcknowledged(name: String, _ seq: Int64) throws(VaultError) {
    let hash = lookup(label: Self.consumerLabel, [UInt8](name.utf8))
    try execute(
      """
      INSERT INTO consumer (name_hash, acknowledged) VALUES (?, ?)
      ON CONFLICT DO UPDATE SET acknowledged = max(acknowledged, excluded.acknowledged)
      """, [hash, seq])
  }

  private func event(_ row: VaultRow) throws(VaultError) -> EventRecord {
    let seq = try row.integer(0)
    var record = try open(try row.blob(2), .event, seq) { reader throws(LayoutError) in
      var record = EventRecord(seq: seq, type: try reader.uint8(), rev: try reader.uint32(), at: try reader.int64())
      let hasBody = try reader.uint8()
      let body = [UInt8](reader.rest())
      record.body = hasBody == 0 ? nil : body
      return record
    }
    record.messageID = try row.optionalInteger(1)
    return record
  }
}
