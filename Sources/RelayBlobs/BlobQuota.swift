import RelayCore
package import RelayWire

/// How much a relay keeps in blobs, and which part of it one mailbox's and one entry's senders may take in a day (R12).
package struct BlobQuota: Hashable, Sendable {
  /// Bytes of all blobs, unfinished ones as large as they will be.
  package var totalByteCount: UInt64
  /// Bytes of one blob.
  package var maximumFileByteCount: UInt64
  /// Blobs, finished or not.
  package var maximumFiles: Int

  /// Bytes that the senders of one mailbox may be granted in a day.
  package var mailboxByteCount: UInt64
  /// Longer than this no blob is kept.
  package var retention: Retention

  /// 32 GiB, an eighth of it for one mailbox, one million files, the largest for 1 GiB of content.
  ///
  /// - Parameter mailboxByteCount: nil: an eighth of the total.
  package init(
    totalByteCount: UInt64 = 32 << 30, mailboxByteCount: UInt64? = nil, maximumFileByteCount: UInt64 = 1_074_020_409,
    maximumFiles: Int = 1_000_000, retention: Retention = .month
  ) {
    self.totalByteCount = totalByteCount
    self.mailboxByteCount = mailboxByteCount ?? totalByteCount / 8
    self.retention = retention
    self.maximumFileByteCount = maximumFileByteCount
    self.maximumFiles = maximumFiles
  }

  /// What one admission entry, which is a contact and day, may be granted.
  var entryByteCount: UInt64 { mailboxByteCount / 2 }
}

/// What was granted today, by mailbox and by entry: in memory only, so that nothing that is stored ties a blob to them.
///
/// After a restart everybody's day begins anew; the whole is counted from the files and does not.
struct BlobShares {
  private static let capacity = 65_536

  private enum Key: Hashable, Sendable {
    case mailbox(MailboxID)
    case entry(AdmissionHash)
  }

  private struct Day: Sendable {
    let number: UInt32
    var byteCount: UInt64
  }

  private var days = RecentTable<Key, Day>(capacity: capacity)

  /// Counts a grant if it has room.
  mutating func take(
    _ byteCount: UInt64, mailbox: MailboxID, entry: AdmissionHash, day: UInt32, quota: BlobQuota
  ) -> Bool {
    let shares = [(Key.mailbox(mailbox), quota.mailboxByteCount), (Key.entry(entry), quota.entryByteCount)]
    for (key, limit) in shares where taken(key, day) + byteCount > limit { return false }
    for (key, _) in shares { days[key] = Day(number: day, byteCount: taken(key, day) + byteCount) }
    return true
  }

  private func taken(_ key: Key, _ day: UInt32) -> UInt64 {
    guard let known = days[key], known.number == day else { return 0 }
    return known.byteCount
  }
}
