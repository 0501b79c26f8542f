import Ambient
import Foundation
import GRDB
package import RelayCore

/// How much a store holds, all mailboxes together: nothing about any one of them (R8).
package struct StoreStatistics: Hashable, Sendable {
  package let mailboxes: Int
  /// Envelopes that wait, and their bytes.
  package let envelopes: Int
  package let envelopeBytes: Int
  /// Places of expired and retracted envelopes that are not acknowledged.
  package let gaps: Int
  /// Acknowledged envelopes whose ids are still remembered.
  package let settled: Int
  package let admissionEntries: Int
  package let oneTimeItems: Int
  package let collected: Int
  /// Closed mailboxes that wait for their deletion.
  package let closedMailboxes: Int
  /// `relay.sqlite`, and of that free; `relay.sqlite-wal`.
  package let fileBytes: Int
  package let freeBytes: Int
  package let logBytes: Int
  /// The time by which was last deleted, in unix seconds; nil before the first sweep.
  package let trustedTime: Int64?

  /// Reads one snapshot; a relay may go on meanwhile.
  package init(directory: String) throws(StoreError) {
    do {
      let queue = try StoreReader.open(directory)
      // Only read from: closing has nothing to lose.
      defer { try? queue.close() }
      logBytes = Self.size(directory + "/relay.sqlite-wal")
      fileBytes = Self.size(directory + "/relay.sqlite")
      let (counts, trusted) = try queue.read { database in
        let counts = try Row.fetchOne(
          database,
          sql: """
            SELECT (SELECT count(*) FROM mailbox), count(body), coalesce(sum(length(body)), 0), count(*) - count(body),
              (SELECT count(*) FROM settled), (SELECT count(*) FROM admission), (SELECT count(*) FROM one_time),
              (SELECT count(*) FROM collected), (SELECT count(*) FROM closed_mailbox),
              (SELECT freelist_count * page_size FROM pragma_freelist_count, pragma_page_size)
            FROM envelope
            """)
        guard let counts else { throw StoreError.damaged }
        return (try (0..<10).map { Int(try counts.integer($0)) }, try ExpiryTime.kept(database)?.seconds)
      }
      (mailboxes, envelopes, envelopeBytes, gaps) = (counts[0], counts[1], counts[2], counts[3])
      (settled, admissionEntries, oneTimeItems) = (counts[4], counts[5], counts[6])
      (collected, closedMailboxes, freeBytes) = (counts[7], counts[8], counts[9])
      trustedTime = trusted
    } catch { throw StoreError(error) }
  }

  private static func size(_ path: String) -> Int {
    // A log that is not there has no size.
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    return (attributes?[.size] as? Int) ?? 0
  }
}
