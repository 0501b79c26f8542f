import Primitives

/// The way along the peer's chains to one message, past those that have not come yet, in the order in which they were sent.
///
/// The Double Ratchet counts by its own chains, this one by epochs; both count every message once, in the same order. So the
/// n-th key that the one passes over belongs to the n-th of the other, and what is kept for a late message is already mixed.
struct ReceivingWalk {
  /// The chain of the message that was mixed last, after it.
  private(set) var chain: EpochChain
  /// How many messages remain of the chain's epoch before the next one begins; nil when the message is of this epoch.
  private var beforeNext: UInt32?
  private let nextChain: EpochChain?

  /// Whether the message is the first that comes of its epoch.
  var entersNextEpoch: Bool { nextChain != nil }

  /// To a message of the same epoch.
  init(on chain: EpochChain) {
    self.chain = chain
    nextChain = nil
  }

  /// To a message of the next epoch, with `count` messages of the old one before that.
  init(on chain: EpochChain, for count: UInt32, then nextChain: EpochChain) {
    self.chain = chain
    self.nextChain = nextChain
    beforeNext = count
  }

  /// Mixes the next message's key.
  mutating func mix(_ messageKey: borrowing MessageKey) throws(PrimitiveError) -> MessageKey {
    if let nextChain, let remaining = beforeNext {
      if remaining == 0 { chain = nextChain }
      beforeNext = remaining == 0 ? nil : remaining - 1
    }
    let step = try chain.step(mixing: messageKey)
    chain = step.next
    return step.messageKey
  }
}
