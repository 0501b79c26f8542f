import ByteLayout
import FoundationEssentials

/// Items after + 1, after + 2, … of one mailbox, and the log's state behind the last of them (R5, C7).
package struct MailboxPage: Hashable, Sendable {
  package let mailbox: MailboxID
  /// Where the page starts. Higher than what was asked for if the owner had already acknowledged beyond that.
  package let after: UInt64
  package let items: [MailboxItem]
  /// The log after the last item; without items after min(``after``, ``head``).
  package let checkpoint: PageCheckpoint
  /// Further items exist now.
  package let more: Bool
  /// Highest seq given out. Below ``after``: the relay has forgotten something.
  package let head: UInt64
  /// From 1.
  package let epoch: UInt32

  /// The seq of the last item, or ``after``: what the next page is asked after.
  package var end: UInt64 { items.last?.seq ?? after }

  /// - Throws: ``WireError/notContiguous`` unless the items are after + 1, … and the checkpoint is their end's.
  package init(
    mailbox: MailboxID, after: UInt64, items: [MailboxItem], checkpoint: PageCheckpoint, more: Bool, head: UInt64,
    epoch: UInt32
  ) throws(WireError) {
    try bounded(items.count, limit: WireLimits.maximumPageItems, field: "items")
    guard epoch >= 1 else { throw .outOfRange(field: "epoch") }
    _ = try counter(after, field: "after")
    _ = try counter(head, field: "head")
    var expected = after
    for item in items {
      expected += 1
      guard item.seq == expected else { throw .notContiguous }
    }
    guard items.isEmpty || expected <= head, more == (expected < head) else { throw .notContiguous }
    let state = checkpoint.checkpoint
    guard state.seq == min(expected, head), state.mailbox == mailbox, state.epoch == epoch else {
      throw .notContiguous
    }
    self.mailbox = mailbox
    self.after = after
    self.items = items
    self.checkpoint = checkpoint
    self.more = more
    self.head = head
    self.epoch = epoch
  }

  init(_ message: Sotto_Relay_V1_Page) throws(WireError) {
    try bounded(message.items.count, limit: WireLimits.maximumPageItems, field: "items")
    var items: [MailboxItem] = []
    items.reserveCapacity(message.items.count)
    for item in message.items { items.append(try MailboxItem(item)) }
    try self.init(
      mailbox: MailboxID(message.mailbox), after: message.after, items: items,
      checkpoint: PageCheckpoint(message.checkpoint), more: message.more, head: message.head, epoch: message.epoch)
  }

  var message: Sotto_Relay_V1_Page {
    var message = Sotto_Relay_V1_Page()
    message.mailbox = mailbox.bytes.data
    message.after = after
    message.items = items.map(\.message)
    message.checkpoint = Data(checkpoint.bytes)
    message.more = more
    message.head = head
    message.epoch = epoch
    return message
  }
}
