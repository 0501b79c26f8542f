package import ByteLayout
package import RelayWire

/// How a relay learns from an owner that its store was rolled back, as pure functions (C7; Protocol §6, "Rolled-back
/// relays").
package enum EpochRules {
  /// Where a store's log of one mailbox stands.
  package struct Log: Hashable, Sendable {
    package let epoch: UInt32
    /// Highest seq given out.
    package let seq: UInt64

    package init(epoch: UInt32, seq: UInt64) {
      self.epoch = epoch
      self.seq = seq
    }
  }

  /// Whether a checkpoint, which this relay signed, says more than its store knows.
  ///
  /// - Parameters:
  ///   - known: the store's log; nil when it has no such mailbox.
  ///   - headAtSeq: the store's chained hash after the checkpoint's seq in its own epoch; nil where the store has deleted
  ///     that place since, which it does only with what the owner acknowledged.
  package static func showsRollback(
    _ checkpoint: Checkpoint, known: Log?, headAtSeq: FixedBytes<32>?
  ) -> Bool {
    guard let known else { return true }
    if checkpoint.epoch != known.epoch { return checkpoint.epoch > known.epoch }
    if checkpoint.seq > known.seq { return true }
    guard let headAtSeq else { return false }
    return headAtSeq != checkpoint.head
  }
}
