/// A mailbox is open: its fence, its log's state and what is left of its prekeys.
package struct OpenReply: Hashable, Sendable {
  /// The generation now in force.
  package let generation: UInt64
  /// The relay already held the proposed nonce: propose a fresh one at once (Protocol §6).
  package let wasRepeat: Bool
  /// From 1.
  package let epoch: UInt32
  /// Highest seq given out, 0: none.
  package let head: UInt64
  /// Everything ≤ this is acknowledged.
  package let acknowledged: UInt64
  /// One-time prekeys that have not been handed out.
  package let oneTimeLeft: UInt32

  /// - Throws: ``WireError/outOfRange(field:)`` for epoch 0, and for more acknowledged than was given out.
  package init(
    generation: UInt64, wasRepeat: Bool, epoch: UInt32, head: UInt64, acknowledged: UInt64, oneTimeLeft: UInt32
  ) throws(WireError) {
    guard epoch >= 1 else { throw .outOfRange(field: "epoch") }
    guard acknowledged <= head else { throw .outOfRange(field: "acknowledged") }
    self.generation = try counter(generation, field: "generation")
    self.wasRepeat = wasRepeat
    self.epoch = epoch
    self.head = try counter(head, field: "head")
    self.acknowledged = acknowledged
    self.oneTimeLeft = oneTimeLeft
  }

  init(_ message: Sotto_Relay_V1_Opened) throws(WireError) {
    try self.init(
      generation: message.generation, wasRepeat: message.wasRepeat, epoch: message.epoch, head: message.head,
      acknowledged: message.acknowledged, oneTimeLeft: message.oneTimeLeft)
  }

  var message: Sotto_Relay_V1_Opened {
    var message = Sotto_Relay_V1_Opened()
    message.generation = generation
    message.wasRepeat = wasRepeat
    message.epoch = epoch
    message.head = head
    message.acknowledged = acknowledged
    message.oneTimeLeft = oneTimeLeft
    return message
  }
}
