import ByteLayout

/// Where somebody wants events to be sent. What is in the body is the sender's business.
package struct WebhookRecord: Hashable, Sendable {
  /// Never used twice.
  package let id: Int64
  /// Whose it is: names are unique per owner.
  package let owner: String
  package let name: String
  package let body: [UInt8]
}

/// An event that a webhook's receiver did not take. Its content is with the message, not here.
package struct DeadLetterRecord: Hashable, Sendable {
  package let seq: Int64
  /// Why and since when.
  package let body: [UInt8]

  package init(seq: Int64, body: [UInt8]) {
    self.seq = seq
    self.body = body
  }
}

extension VaultTransaction {
  private static let webhookLabel = "webhook"

  /// All of them, oldest first.
  package func webhooks() throws(VaultError) -> [WebhookRecord] {
    try all("SELECT id, sealed FROM webhook ORDER BY id", [], webhook)
  }

  /// One of them, nil when there is none of this name.
  package func webhook(owner: String, name: String) throws(VaultError) -> WebhookRecord? {
    try first("SELECT id, sealed FROM webhook WHERE name_hash = ?", [webhookHash(owner, name)], webhook)
  }

  /// The one in this row.
  package func webhook(id: Int64) throws(VaultError) -> WebhookRecord? {
    try first("SELECT id, sealed FROM webhook WHERE id = ?", [id], webhook)
  }

  /// Adds one, or replaces the body of the one of this name.
  ///
  /// - Returns: its row.
  @discardableResult
  package func setWebhook(owner: String, name: String, body: [UInt8]) throws(VaultError) -> Int64 {
    let hash = webhookHash(owner, name)
    let known = try row("SELECT id FROM webhook WHERE name_hash = ?", [hash])
    let id: Int64
    if let known { id = try known.integer(0) } else { id = try nextRowID(.webhook) }
    var writer = LayoutWriter()
    do throws(LayoutError) {
      try writer.lengthPrefixed16([UInt8](owner.utf8))
      try writer.lengthPrefixed16([UInt8](name.utf8))
    } catch { throw .outOfRange }
    writer.append(body)
    let sealed = try seal(.webhook, id) { $0.append(writer.bytes) }
    try execute(
      """
      INSERT INTO webhook (id, name_hash, sealed) VALUES (?, ?, ?)
      ON CONFLICT (id) DO UPDATE SET sealed = excluded.sealed
      """, [id, hash, sealed])
    return id
  }

  /// Forgets one, and its dead letters.
  ///
  /// - Returns: whether it was there.
  package func deleteWebhook(owner: String, name: String) throws(VaultError) -> Bool {
    try execute("DELETE FROM webhook WHERE name_hash = ?", [webhookHash(owner, name)]) > 0
  }

  private func webhookHash(_ owner: String, _ name: String) -> FixedBytes<16> {
    lookup(label: Self.webhookLabel, [UInt8](owner.utf8) + [0] + [UInt8](name.utf8))
  }

  private func webhook(_ row: VaultRow) throws(VaultError) -> WebhookRecord {
    let id = try row.integer(0)
    return try open(try row.blob(1), .webhook, id) { reader throws(LayoutError) in
      WebhookRecord(
        id: id, owner: String(decoding: try reader.lengthPrefixed16(), as: UTF8.self),
        name: String(decoding: try reader.lengthPrefixed16(), as: UTF8.self), body: [UInt8](reader.rest()))
    }
  }
}

extension VaultTransaction {
  /// The dead letters of a webhook in the order of their events.
  package func deadLetters(webhook: Int64, after seq: Int64 = 0, limit: Int) throws(VaultError) -> [DeadLetterRecord] {
    try all(
      "SELECT id, seq, sealed FROM dead_letter WHERE webhook_id = ? AND seq > ? ORDER BY seq LIMIT ?",
      [webhook, seq, Int64(max(0, limit))]
    ) { row throws(VaultError) in
      let seq = try row.integer(1)
      return try open(try row.blob(2), .deadLetter, try row.integer(0)) { reader throws(LayoutError) in
        DeadLetterRecord(seq: seq, body: [UInt8](reader.rest()))
      }
    }
  }

  /// How many there are.
  package func deadLetterCount(webhook: Int64) throws(VaultError) -> Int {
    Int(try integer("SELECT count(*) FROM dead_letter WHERE webhook_id = ?", [webhook]))
  }

  /// Adds one, or replaces what is said about it.
  package func setDeadLetter(webhook: Int64, _ letter: DeadLetterRecord) throws(VaultError) {
    try deleteDeadLetter(webhook: webhook, seq: letter.seq)
    let id = try nextRowID(.deadLetter)
    let sealed = try seal(.deadLetter, id) { $0.append(letter.body) }
    try execute(
      "INSERT INTO dead_letter (id, webhook_id, seq, sealed) VALUES (?, ?, ?, ?)", [id, webhook, letter.seq, sealed])
  }

  /// Forgets one.
  package func deleteDeadLetter(webhook: Int64, seq: Int64) throws(VaultError) {
    try execute("DELETE FROM dead_letter WHERE webhook_id = ? AND seq = ?", [webhook, seq])
  }
}
