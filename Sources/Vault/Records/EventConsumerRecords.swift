import ByteLayout

/// Somebody who reads the events, by name, and how far.
package struct EventConsumerRecord: Hashable, Sendable {
  /// Whose it is: names are unique per owner.
  package let owner: String
  package let name: String
  /// Everything up to this event is done.
  package var acknowledged: Int64
  /// Up to which event it was sent some; after a crash these are said to be sent again.
  package var sentUpTo: Int64
  /// Unix seconds.
  package let createdAt: Int64
  /// When it was last there, unix seconds.
  package var seenAt: Int64

  package init(
    owner: String, name: String, acknowledged: Int64, sentUpTo: Int64, createdAt: Int64, seenAt: Int64
  ) {
    self.owner = owner
    self.name = name
    self.acknowledged = acknowledged
    self.sentUpTo = sentUpTo
    self.createdAt = createdAt
    self.seenAt = seenAt
  }
}

extension VaultTransaction {
  private static let eventConsumerLabel = "event consumer"

  /// All of them, oldest first.
  package func eventConsumers() throws(VaultError) -> [EventConsumerRecord] {
    try all("SELECT id, acknowledged, sealed FROM event_consumer ORDER BY id", [], eventConsumer)
  }

  /// One of them, nil when there is none of this name.
  package func eventConsumer(owner: String, name: String) throws(VaultError) -> EventConsumerRecord? {
    try first(
      "SELECT id, acknowledged, sealed FROM event_consumer WHERE name_hash = ?",
      [eventConsumerHash(owner, name)], eventConsumer)
  }

  /// Adds one, or replaces what is known of it. Acknowledging never goes back.
  package func setEventConsumer(_ record: EventConsumerRecord) throws(VaultError) {
    let hash = eventConsumerHash(record.owner, record.name)
    let known = try row("SELECT id FROM event_consumer WHERE name_hash = ?", [hash])
    let id: Int64
    if let known { id = try known.integer(0) } else { id = try nextRowID(.eventConsumer) }
    var writer = LayoutWriter()
    do throws(LayoutError) {
      try writer.lengthPrefixed16([UInt8](record.owner.utf8))
      try writer.lengthPrefixed16([UInt8](record.name.utf8))
    } catch { throw .outOfRange }
    writer.int64(record.sentUpTo)
    writer.int64(record.createdAt)
    writer.int64(record.seenAt)
    let sealed = try seal(.eventConsumer, id) { $0.append(writer.bytes) }
    try execute(
      """
      INSERT INTO event_consumer (id, name_hash, acknowledged, sealed) VALUES (?, ?, ?, ?)
      ON CONFLICT (id) DO UPDATE SET
        acknowledged = max(acknowledged, excluded.acknowledged), sealed = excluded.sealed
      """, [id, hash, record.acknowledged, sealed])
  }

  /// Forgets one.
  ///
  /// - Returns: whether it was there.
  package func deleteEventConsumer(owner: String, name: String) throws(VaultError) -> Bool {
    try execute("DELETE FROM event_consumer WHERE name_hash = ?", [eventConsumerHash(owner, name)]) > 0
  }

  private func eventConsumerHash(_ owner: String, _ name: String) -> FixedBytes<16> {
    lookup(label: Self.eventConsumerLabel, [UInt8](owner.utf8) + [0] + [UInt8](name.utf8))
  }

  private func eventConsumer(_ row: VaultRow) throws(VaultError) -> EventConsumerRecord {
    let acknowledged = try row.integer(1)
    return try open(try row.blob(2), .eventConsumer, try row.integer(0)) { reader throws(LayoutError) in
      EventConsumerRecord(
        owner: String(decoding: try reader.lengthPrefixed16(), as: UTF8.self),
        name: String(decoding: try reader.lengthPrefixed16(), as: UTF8.self), acknowledged: acknowledged,
        sentUpTo: try reader.int64(), createdAt: try reader.int64(), seenAt: try reader.int64())
    }
  }
}
