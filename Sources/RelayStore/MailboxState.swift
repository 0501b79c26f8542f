import RelayCore
import ByteLayout
import GRDB
import RelayProofs
import RelayWire

/// One row of `mailbox`: the fence, the log's head and the cursor.
struct MailboxState {
  let row: Int64
  let id: MailboxID
  var fence: Fence
  var epoch: UInt32
  /// Highest seq given out, 0: none.
  var head: UInt64
  /// The log's chained hash after ``head`` (C7).
  var headHash: FixedBytes<32>
  /// Everything up to here is acknowledged.
  var acknowledged: UInt64
  /// Everything up to here has been deleted lazily. ≤ ``acknowledged``.
  var settled: UInt64
  /// Bytes of the envelopes that are there.
  var bytes: UInt64 = 0
  /// What of the waiting came from requests.
  var requests = WaitingShare()

  static func fetch(_ id: MailboxID, _ database: Database) throws -> MailboxState? {
    let row = try database.firstRow(
      """
      SELECT row, generation, nonce, epoch, head, head_hash, acknowledged, settled, bytes, request_boundary,
        request_older, request_older_bytes, request_newer, request_newer_bytes
      FROM mailbox WHERE id = ?
      """, id.bytes.databaseValue)
    guard let row else { return nil }
    return MailboxState(
      row: try row.integer(0), id: id,
      fence: Fence(generation: try row.counter(1), nonce: FenceNonce(try row.fixed(2))), epoch: try row.number(3),
      head: try row.counter(4), headHash: try row.fixed(5), acknowledged: try row.counter(6),
      settled: try row.counter(7), bytes: try row.counter(8),
      requests: WaitingShare(
        older: .init(envelopes: try row.counter(10), bytes: try row.counter(11)),
        newer: .init(envelopes: try row.counter(12), bytes: try row.counter(13)), boundary: try row.counter(9)))
  }

  /// Makes the mailbox: no envelope yet, the log at its start.
  static func create(
    _ id: MailboxID, fence: Fence, relayKey: RelayKey, _ database: Database
  ) throws -> MailboxState {
    let epoch = MailboxLog.firstEpoch
    let start = MailboxLog.start(relayKey: relayKey, mailbox: id, epoch: epoch)
    try database.run(
      """
      INSERT INTO mailbox(id, generation, nonce, epoch, head, head_hash, acknowledged, settled)
      VALUES (?, ?, ?, ?, 0, ?, 0, 0)
      """, id.bytes.databaseValue, fence.generation.databaseValue, fence.nonce.bytes.databaseValue,
      epoch.databaseValue, start.databaseValue)
    return MailboxState(
      row: database.lastInsertedRowID, id: id, fence: fence, epoch: epoch, head: 0, headHash: start, acknowledged: 0,
      settled: 0)
  }

  /// Counts bodies out that were deleted.
  mutating func removed(bytes count: UInt64) { bytes -= min(bytes, count) }
}

/// The mailboxes that the one writer has touched, so that a put reads none and a group writes each only once.
///
/// Belongs to the writer alone; thrown away whenever a group fails.
struct MailboxCache {
  /// About 4 MiB; beyond it, it is emptied and fills again.
  private static let capacity = 16_384

  private var states: [MailboxID: MailboxState] = [:]
  private var changed: Set<MailboxID> = []
  /// What entries and classes have waiting, as far as it is known: in memory only.
  var shares = EntryShares()

  mutating func state(of id: MailboxID, _ database: Database) throws -> MailboxState? {
    if let state = states[id] { return state }
    let state = try MailboxState.fetch(id, database)
    states[id] = state
    return state
  }

  /// Takes a new state, which ``flush(_:)`` will write.
  mutating func change(_ state: MailboxState) {
    states[state.id] = state
    changed.insert(state.id)
  }

  mutating func remove(_ id: MailboxID) {
    states[id] = nil
    changed.remove(id)
  }

  /// Writes what changed, before the group's COMMIT.
  mutating func flush(_ statements: PutStatements) throws {
    for id in changed { if let state = states[id] { try statements.write(state) } }
    changed.removeAll(keepingCapacity: true)
    if states.count > Self.capacity { states.removeAll() }
  }
}
