import Ambient
import ByteLayout
import Messaging
import RelayProofs
import RelaySupport
import RelayWire
import TestSupport

/// Pages of a relay that signs whatever it likes: anything it has ever seen, in any order, as often as it likes, under a log
/// that holds together.
enum LyingRelay {
  /// A page that follows the party's cursor and holds these envelopes, each under the id it is given here.
  static func page(for party: Party, _ envelopes: [(id: EnvelopeID, envelope: Envelope)]) throws -> MailboxPage {
    let mailbox = try party.mailbox
    let now = UInt64(clamping: party.clock.now().seconds)
    var seq = mailbox.cursor
    let items = envelopes.map { entry in
      seq += 1
      return MailboxItem.envelope(
        StoredEnvelope(
          seq: seq, envelopeID: entry.id, envelope: entry.envelope, storedAt: now, expiresAt: now + 86_400,
          deletionHash: DeletionHash(FixedBytes())))
    }
    return try MailboxPage(
      mailbox: mailbox.mailbox, after: mailbox.cursor, items: items,
      checkpoint: .signed(try party.relay.key.sign(try checkpoint(for: party, items))), more: false, head: seq,
      epoch: try party.core.lastCheckpoint(mailbox: mailbox.id)?.checkpoint.epoch ?? 1)
  }

  /// The checkpoint that belongs behind these items, in the log that the party has seen.
  static func checkpoint(for party: Party, _ items: [MailboxItem]) throws -> Checkpoint {
    let mailbox = try party.mailbox
    let last = try party.core.lastCheckpoint(mailbox: mailbox.id)?.checkpoint
    var head = last?.head ?? MailboxLog.start(relayKey: mailbox.relayKey, mailbox: mailbox.mailbox)
    for item in items {
      switch item {
      case .envelope(let stored):
        head = MailboxLog.head(after: head, stored.leaf(envelopeHash: MailboxLog.hash(stored.envelope)))
      case .gap(let gap): head = MailboxLog.head(after: head, gap.leaf)
      }
    }
    return Checkpoint(
      relayKey: mailbox.relayKey, mailbox: mailbox.mailbox, epoch: last?.epoch ?? 1,
      seq: items.last?.seq ?? mailbox.cursor, head: head, at: UInt64(clamping: party.clock.now().seconds))
  }

  /// Delivers envelopes as the relay would have stored them, whatever its retention says.
  @discardableResult
  static func deliver(
    _ envelopes: [StoredEnvelope], to party: Party, times: Int = 1
  ) throws -> ReceiveReport {
    let once = envelopes.map { (id: $0.envelopeID, envelope: $0.envelope) }
    var left = once.count * times
    var total: ReceiveReport?
    while left > 0 {
      let part = (0..<min(left, 500)).map { once[$0 % once.count] }
      left -= part.count
      let report = try party.core.receive(try page(for: party, part), mailbox: try party.mailbox.id)
      total = total.map { $0.adding(report) } ?? report
    }
    return try total ?? party.core.receive(try page(for: party, []), mailbox: try party.mailbox.id)
  }
}
