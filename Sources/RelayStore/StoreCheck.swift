import RelayProofs
package import Ambient
import ByteLayout
import Foundation
import GRDB
package import RelayCore
package import RelayWire

/// Verifies a store without changing it: what SQLite says, and what the log's rules say (R2, C7).
///
/// Reads one snapshot, so that a relay may go on meanwhile. Mailboxes are called by their row numbers, so that what it
/// says can be shown to others.
package struct StoreCheck {
  /// Problems of one kind in one mailbox that are told one by one.
  private static let maximumProblems = 1_000

  private let relayKey: RelayKey?
  private let now: WallTime
  private var problems: [String] = []

  /// - Parameters:
  ///   - relayKey: enters the start of every log; nil: what would need it is not verified.
  ///   - now: by when a gap may say that it expired.
  /// - Returns: what is wrong, in words; empty: nothing.
  package static func run(
    directory: String, relayKey: RelayKey?, now: WallTime
  ) throws(StoreError) -> [String] {
    do {
      let queue = try StoreReader.open(directory)
      // Only read from: closing has nothing to lose.
      defer { try? queue.close() }
      return try queue.read { database in
        var check = StoreCheck(relayKey: relayKey, now: now)
        try check.run(database)
        return check.problems
      }
    } catch { throw StoreError(error) }
  }

  private init(relayKey: RelayKey?, now: WallTime) {
    self.relayKey = relayKey
    self.now = now
  }

  private mutating func report(_ problem: String) {
    if problems.count < Self.maximumProblems { problems.append(problem) }
    if problems.count == Self.maximumProblems { problems.append("… and more") }
  }

  private mutating func run(_ database: Database) throws {
    let said = try String.fetchAll(database, sql: "PRAGMA integrity_check(100)")
    for line in said where line != "ok" { report("SQLite: \(line)") }
    // Rows of a damaged file would only repeat it.
    guard problems.isEmpty else { return }
    let mailboxes = try Row.fetchAll(database, sql: "SELECT row, id FROM mailbox ORDER BY row")
    for row in mailboxes {
      let number = try row.integer(0)
      do {
        guard let state = try MailboxState.fetch(MailboxID(try row.fixed(1)), database) else { continue }
        try check(state, database)
      } catch StoreError.damaged { report("mailbox \(number): a column holds what no relay wrote") }
    }
    try checkOrphans(database)
  }

  private mutating func check(_ mailbox: MailboxState, _ database: Database) throws {
    let name = "mailbox \(mailbox.row)"
    guard mailbox.settled <= mailbox.acknowledged, mailbox.acknowledged <= mailbox.head else {
      return report("\(name): settled \(mailbox.settled), acknowledged \(mailbox.acknowledged), head \(mailbox.head)")
    }
    var log = LogCheck(after: mailbox.settled, now: UInt64(clamping: now.seconds))
    if mailbox.settled == 0, mailbox.epoch == MailboxLog.firstEpoch, let relayKey {
      log.chain = MailboxLog.start(relayKey: relayKey, mailbox: mailbox.id, epoch: mailbox.epoch)
    }
    let rows = try Row.fetchCursor(
      database,
      sql: """
        SELECT seq, envelope_id, hash, stored_at, expires_at, deletion_hash, chain, body, deletion_token
        FROM envelope WHERE mailbox = ? ORDER BY seq
        """, arguments: [mailbox.row])
    while let row = try rows.next() {
      for problem in try log.next(row) { report("\(name), \(problem)") }
    }
    if log.seq != mailbox.head { report("\(name): the log ends at \(log.seq), its head is \(mailbox.head)") }
    if let chain = log.chain, chain != mailbox.headHash { report("\(name): the head's hash is not the log's") }
    if log.bytes != mailbox.bytes { report("\(name): counts \(mailbox.bytes) bytes, has \(log.bytes)") }
    let strays = try Int.fetchOne(
      database, sql: "SELECT count(*) FROM acknowledged_seq WHERE mailbox = ? AND (seq <= ? OR seq > ?)",
      arguments: [mailbox.row, Int64(clamping: mailbox.acknowledged), Int64(clamping: mailbox.head)])
    if let strays, strays > 0 { report("\(name): \(strays) single acknowledgements outside the log") }
  }

  /// Rows whose mailbox is neither there nor waiting for its deletion.
  private mutating func checkOrphans(_ database: Database) throws {
    let left = "mailbox NOT IN (SELECT row FROM mailbox)"
    for (table, condition) in [
      ("envelope", "\(left) AND mailbox NOT IN (SELECT row FROM closed_mailbox)"),
      ("settled", "\(left) AND mailbox NOT IN (SELECT row FROM closed_mailbox)"),
      ("admission", left), ("published", left), ("one_time", left), ("acknowledged_seq", left),
    ] {
      let count = try Int.fetchOne(database, sql: "SELECT count(*) FROM \(table) WHERE \(condition)") ?? 0
      if count > 0 { report("\(table): \(count) rows without a mailbox") }
    }
  }
}

/// Goes along one mailbox's log and compares every row with what stands before it.
private struct LogCheck {
  /// The last seq that was there.
  private(set) var seq: UInt64
  /// The chained hash after ``seq``; nil as long as nothing is known to start from.
  var chain: FixedBytes<32>?
  /// Bytes of all bodies so far.
  private(set) var bytes: UInt64 = 0
  private let now: UInt64

  init(after seq: UInt64, now: UInt64) {
    self.seq = seq
    self.now = now
  }

  mutating func next(_ row: Row) throws -> [String] {
    let leaf = LogLeaf(
      seq: try row.counter(0), envelopeID: EnvelopeID(try row.fixed(1)), envelopeHash: EnvelopeHash(try row.fixed(2)),
      storedAt: try row.counter(3), expiresAt: try row.counter(4), deletionHash: DeletionHash(try row.fixed(5)))
    var problems: [String] = []
    if leaf.seq != seq + 1 { problems.append("seq \(leaf.seq): follows \(seq)") }
    let stored: FixedBytes<32> = try row.fixed(6)
    // Behind a hole the chain cannot be computed: it goes on from what is stored.
    if leaf.seq == seq + 1, let chain, MailboxLog.head(after: chain, leaf) != stored {
      problems.append("seq \(leaf.seq): its hash does not follow from the one before")
    }
    seq = leaf.seq
    chain = stored
    if let body = try row.data(7) {
      bytes += UInt64(body.count)
      // A body of no valid size is one of the problems that are looked for.
      let envelope = try? Envelope(body)
      if envelope.map(MailboxLog.hash) != leaf.envelopeHash {
        problems.append("seq \(leaf.seq): its bytes are not those that were stored")
      }
      if try row.data(8) != nil { problems.append("seq \(leaf.seq): retracted, and still there") }
    } else if try row.data(8) != nil {
      let token = DeletionToken(try row.fixed(8))
      if SenderTokens.hash(token) != leaf.deletionHash {
        problems.append("seq \(leaf.seq): a gap with a token that is not its own")
      }
    } else if leaf.expiresAt > now {
      problems.append("seq \(leaf.seq): a gap before its time, without a token")
    }
    return problems
  }
}
