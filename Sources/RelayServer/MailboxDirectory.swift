import RelayCore
import RelayWire
import Synchronization

/// One connection on which a mailbox is open. Called from any thread; each call returns at once.
protocol MailboxOwner: AnyObject, Sendable {
  /// Something was stored in `mailbox`.
  func mailboxChanged(_ mailbox: MailboxID)
  /// An ephemeral envelope came; a connection that has not subscribed drops it (R11).
  func deliver(_ delivery: EphemeralDelivery)
  /// Another connection moved the fence of `mailbox` (Protocol §6).
  func fencedOut(_ mailbox: MailboxID)
}

/// Which connections have which mailboxes open, in memory only: wake-ups are hints, the store's cursor is the truth.
final class MailboxDirectory: Sendable {
  private let owners = Mutex<[MailboxID: [any MailboxOwner]]>([:])

  /// Notes that `mailbox` is open at `owner`; an accepted proposal ends its being open anywhere else.
  ///
  /// Called in the order in which the store moved the fence, so that the last opening is the one that stays.
  func opened(_ mailbox: MailboxID, by owner: any MailboxOwner, endsOthers: Bool) {
    let ended = owners.withLock { owners in
      let others = (owners[mailbox] ?? []).filter { $0 !== owner }
      owners[mailbox] = endsOthers ? [owner] : others + [owner]
      return endsOthers ? others : []
    }
    for other in ended { other.fencedOut(mailbox) }
  }

  /// Forgets that `mailbox` is open at `owner`.
  func closed(_ mailbox: MailboxID, by owner: any MailboxOwner) {
    owners.withLock { owners in
      owners[mailbox]?.removeAll { $0 === owner }
      if owners[mailbox]?.isEmpty == true { owners[mailbox] = nil }
    }
  }

  /// Wakes the owners of a mailbox in which something was stored.
  func changed(_ mailbox: MailboxID) {
    for owner in list(mailbox) { owner.mailboxChanged(mailbox) }
  }

  /// Gives an ephemeral envelope to the owners that are there, or to nobody.
  func deliver(_ delivery: EphemeralDelivery) {
    for owner in list(delivery.mailbox) { owner.deliver(delivery) }
  }

  /// How many mailboxes are open somewhere.
  var count: Int { owners.withLock { $0.count } }

  private func list(_ mailbox: MailboxID) -> [any MailboxOwner] { owners.withLock { $0[mailbox] ?? [] } }
}
