import ByteLayout
import GRDB
import RelayCore
import RelayWire

/// What the writer says to SQLite for every put, and for every mailbox that a group changed.
///
/// Looked up once for a group.
struct PutStatements {
  private let admission: HotStatement
  private let live: HotStatement
  private let settled: HotStatement
  private let insertion: HotStatement
  private let update: HotStatement

  init(_ database: Database) throws {
    admission = try HotStatement(
      """
      SELECT m.row, a.from_day, a.until_day, a.uses, a.used, a.class, a.rights
      FROM admission a CROSS JOIN mailbox m WHERE a.hash = ? AND m.row = a.mailbox AND m.id = ?
      """, database)
    live = try HotStatement(
      "SELECT hash, stored_at FROM envelope WHERE mailbox = ? AND envelope_id = ?", database)
    settled = try HotStatement(
      "SELECT hash, stored_at FROM settled WHERE mailbox = ? AND envelope_id = ?", database)
    insertion = try HotStatement(
      """
      INSERT INTO envelope(
        mailbox, seq, envelope_id, hash, stored_at, expires_at, deletion_hash, collected_hash, chain, body)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT(mailbox, envelope_id) DO NOTHING
      """, database)
    update = try HotStatement(
      """
      UPDATE mailbox SET generation = ?, nonce = ?, epoch = ?, head = ?, head_hash = ?, acknowledged = ?, settled = ?,
        bytes = ?, request_boundary = ?, request_older = ?, request_older_bytes = ?, request_newer = ?,
        request_newer_bytes = ?
      WHERE row = ?
      """, database)
  }

  /// The entry of `hash` at `mailbox`.
  ///
  /// The hash is looked up first: an unknown mailbox and an unknown tag both find no hash and end there (R9).
  func admission(_ hash: AdmissionHash, _ mailbox: MailboxID) throws -> AdmissionTable.Found? {
    admission.bind(hash.bytes)
    admission.bind(mailbox.bytes)
    return try admission.first { row in
      guard let admissionClass = AdmissionClass(rawValue: try row.number(5)) else { throw StoreError.damaged }
      let entry: AdmissionEntry
      do {
        entry = try AdmissionEntry(
          hash: hash, fromDay: row.number(1), untilDay: row.number(2), uses: row.number(3),
          admissionClass: admissionClass, rights: AdmissionRights(rawValue: row.number(6)))
      } catch { throw StoreError.damaged }
      return AdmissionTable.Found(
        mailbox: try row.number(0), state: AdmissionState(entry: entry, used: try row.number(4)))
    }
  }

  /// What is there of an envelope id and is not settled yet.
  func live(_ mailbox: Int64, _ id: EnvelopeID) throws -> KnownEnvelope? { try known(live, mailbox, id) }

  /// What is left of an envelope id that was acknowledged.
  func settled(_ mailbox: Int64, _ id: EnvelopeID) throws -> KnownEnvelope? { try known(settled, mailbox, id) }

  private func known(_ statement: HotStatement, _ mailbox: Int64, _ id: EnvelopeID) throws -> KnownEnvelope? {
    statement.bind(mailbox)
    statement.bind(id.bytes)
    return try statement.first { row in
      KnownEnvelope(hash: EnvelopeHash(try row.fixed(0)), storedAt: try row.number(1))
    }
  }

  /// Inserts an envelope, unless its id is there already: then nothing changes.
  func insert(
    _ leaf: LogLeaf, _ envelope: Envelope, collectedHash: CollectedHash?, chain: FixedBytes<32>, at mailbox: Int64
  ) throws {
    insertion.bind(mailbox)
    insertion.bind(leaf.seq)
    insertion.bind(leaf.envelopeID.bytes)
    insertion.bind(leaf.envelopeHash.bytes)
    insertion.bind(leaf.storedAt)
    insertion.bind(leaf.expiresAt)
    insertion.bind(leaf.deletionHash.bytes)
    insertion.bind(collectedHash?.bytes)
    insertion.bind(chain)
    try insertion.run(lastly: envelope.data)
  }

  /// Writes a mailbox's row.
  func write(_ mailbox: MailboxState) throws {
    update.bind(mailbox.fence.generation)
    update.bind(mailbox.fence.nonce.bytes)
    update.bind(UInt64(mailbox.epoch))
    update.bind(mailbox.head)
    update.bind(mailbox.headHash)
    update.bind(mailbox.acknowledged)
    update.bind(mailbox.settled)
    update.bind(mailbox.bytes)
    update.bind(mailbox.requests.boundary)
    update.bind(mailbox.requests.older.envelopes)
    update.bind(mailbox.requests.older.bytes)
    update.bind(mailbox.requests.newer.envelopes)
    update.bind(mailbox.requests.newer.bytes)
    update.bind(mailbox.row)
    try update.run()
  }
}
