import RelayCore
import RelayWire

/// What each admission entry, and each class but requests, has waiting in a mailbox: in memory only, so that nothing
/// that is stored ties envelopes to the entry that admitted them.
///
/// After a restart everybody's share begins anew; the mailbox's whole and the share of requests are stored and do not.
/// Bounded: what was not used for longest is forgotten first.
struct EntryShares {
  /// Entries that are remembered: about 10 MiB.
  private static let capacity = 65_536

  private enum Key: Hashable, Sendable {
    case entry(AdmissionHash, Int64)
    case admissionClass(AdmissionClass, Int64)
  }

  private var shares = RecentTable<Key, WaitingShare>(capacity: capacity)

  /// What waits in `mailbox` beside a put by `entry`.
  func load(_ mailbox: MailboxState, _ entry: AdmissionEntry) -> MailboxQuota.Load {
    MailboxQuota.Load(
      whole: .init(envelopes: mailbox.head - mailbox.acknowledged, bytes: mailbox.bytes),
      sameClass: classShare(mailbox, entry.admissionClass).amount,
      sameEntry: share(.entry(entry.hash, mailbox.row), mailbox).amount)
  }

  /// Counts one envelope of `entry`, which will take the seq after the mailbox's head.
  mutating func add(_ entry: AdmissionEntry, byteCount: Int, to mailbox: inout MailboxState) {
    let key = Key.entry(entry.hash, mailbox.row)
    var single = share(key, mailbox)
    single.add(byteCount: byteCount)
    shares[key] = single
    var together = classShare(mailbox, entry.admissionClass)
    together.add(byteCount: byteCount)
    switch entry.admissionClass {
    case .request: mailbox.requests = together
    case .contact, .group: shares[.admissionClass(entry.admissionClass, mailbox.row)] = together
    case .ownDevices: break
    }
  }

  private func classShare(_ mailbox: MailboxState, _ admissionClass: AdmissionClass) -> WaitingShare {
    switch admissionClass {
    case .request: settled(mailbox.requests, mailbox)
    case .contact, .group: share(.admissionClass(admissionClass, mailbox.row), mailbox)
    case .ownDevices: WaitingShare()
    }
  }

  private func share(_ key: Key, _ mailbox: MailboxState) -> WaitingShare {
    settled(shares[key] ?? WaitingShare(), mailbox)
  }

  private func settled(_ share: WaitingShare, _ mailbox: MailboxState) -> WaitingShare {
    var share = share
    share.settle(acknowledged: mailbox.acknowledged, head: mailbox.head)
    return share
  }
}
