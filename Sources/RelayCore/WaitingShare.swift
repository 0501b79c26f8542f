/// How much of a mailbox somebody's envelopes take that wait in it: an upper bound, from two counts.
///
/// Knows no single envelope. What was counted before ``boundary`` is dropped when the owner has acknowledged up to there;
/// then the newer count takes its place. So it is at most what is waiting and what was acknowledged since the last turn.
package struct WaitingShare: Hashable, Sendable {
  /// What was counted up to ``boundary``.
  package private(set) var older: Amount
  /// What was counted after it.
  package private(set) var newer: Amount
  /// A seq of the mailbox's log.
  package private(set) var boundary: UInt64

  /// Envelopes and their bytes.
  package struct Amount: Hashable, Sendable {
    package var envelopes: UInt64
    package var bytes: UInt64

    package init(envelopes: UInt64 = 0, bytes: UInt64 = 0) {
      self.envelopes = envelopes
      self.bytes = bytes
    }
  }

  package init(older: Amount = Amount(), newer: Amount = Amount(), boundary: UInt64 = 0) {
    self.older = older
    self.newer = newer
    self.boundary = boundary
  }

  /// What is counted as waiting.
  package var amount: Amount {
    Amount(envelopes: older.envelopes + newer.envelopes, bytes: older.bytes + newer.bytes)
  }

  /// Drops what is known to be acknowledged.
  ///
  /// - Parameter head: the mailbox's last seq; ``acknowledged`` is at most that.
  package mutating func settle(acknowledged: UInt64, head: UInt64) {
    guard acknowledged >= boundary else { return }
    older = acknowledged >= head ? Amount() : newer
    newer = Amount()
    boundary = head
  }

  /// Counts one envelope more.
  package mutating func add(byteCount: Int) {
    newer.envelopes += 1
    newer.bytes += UInt64(max(0, byteCount))
  }
}
