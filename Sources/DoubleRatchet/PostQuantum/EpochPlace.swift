/// Where a message stands in the post-quantum ratchet, 8 bytes of its header: epoch u32 ‖ number u32.
package struct EpochPlace: Hashable, Sendable {
  /// The epoch whose chain is mixed into the message's key.
  package let epoch: UInt32
  /// How many messages the sender has sent in this epoch before.
  package let number: UInt32

  init(epoch: UInt32, number: UInt32) {
    self.epoch = epoch
    self.number = number
  }
}
