import ByteLayout
package import SecretMemory

/// An own mailbox at a relay: fence, cursor, epoch and checkpoint are in `body`. Its seed is read on its own.
package struct MailboxRecord: Hashable, Sendable {
  /// 0 until it is inserted.
  package var id: Int64
  package var body: [UInt8]

  package init(id: Int64 = 0, body: [UInt8]) {
    self.id = id
    self.body = body
  }
}

extension VaultTransaction {
  /// Inserts a mailbox with the seed of its key, 32 bytes.
  ///
  /// - Returns: its id.
  @discardableResult
  package func insertMailbox(_ record: MailboxRecord, seed: borrowing SecretBytes) throws(VaultError) -> Int64 {
    let id = try nextRowID(.mailbox)
    let sealed = try seal(.mailbox, id) { $0.append(record.body) }
    try execute(
      "INSERT INTO mailbox (id, sealed, seed) VALUES (?, ?, ?)",
      [id, sealed, try seal(secret: seed, .mailbox, "seed", id)])
    return id
  }

  package func updateMailbox(_ record: MailboxRecord) throws(VaultError) {
    let sealed = try seal(.mailbox, record.id) { $0.append(record.body) }
    try executeOnOne("UPDATE mailbox SET sealed = ? WHERE id = ?", [sealed, record.id])
  }

  package func mailbox(id: Int64) throws(VaultError) -> MailboxRecord? {
    try first("SELECT id, sealed FROM mailbox WHERE id = ?", [id], mailbox)
  }

  /// All own mailboxes, oldest first.
  package func mailboxes() throws(VaultError) -> [MailboxRecord] {
    try all("SELECT id, sealed FROM mailbox ORDER BY id", [], mailbox)
  }

  /// The seed of the mailbox's key, 32 bytes.
  ///
  /// - Throws: ``VaultError/notStored``.
  package func mailboxSeed(id: Int64) throws(VaultError) -> SecretBytes {
    try requiredSecret(.mailbox, "seed", id)
  }

  private func mailbox(_ row: VaultRow) throws(VaultError) -> MailboxRecord {
    let id = try row.integer(0)
    let body = try open(try row.blob(1), .mailbox, id) { reader throws(LayoutError) in [UInt8](reader.rest()) }
    return MailboxRecord(id: id, body: body)
  }
}
