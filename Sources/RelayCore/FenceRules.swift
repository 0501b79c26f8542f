package import RelayWire

/// The compare-and-swap fence of a mailbox, as a pure function (Protocol §3).
package enum FenceRules {
  package enum Verdict: Hashable, Sendable {
    /// The proposal is taken: this fence is now in force. On an unknown mailbox it creates it.
    case accepted(Fence)
    /// The fence already holds the proposed nonce: a repeat after a crash. Nothing changes; propose a fresh one.
    case repeated(Fence)
    /// Presented only, and right. Nothing changes.
    case present(Fence)
    /// The presented (g, n) is not in force: a copy.
    case fenced
  }

  /// - Parameters:
  ///   - stored: the fence in force; nil when the mailbox does not exist.
  ///   - presented: (g, n_g) as the owner has it.
  ///   - next: n_{g+1}, or ``FenceNonce/none`` to present only.
  package static func judge(stored: Fence?, presented: Fence, next: FenceNonce) -> Verdict {
    guard let stored else {
      // Only the very first opening creates a mailbox, or one that takes over what is lost here.
      let creates = presented == .unopened || presented == .takingOver
      return creates && next != .none ? .accepted(Fence(generation: 1, nonce: next)) : .fenced
    }
    guard next != .none else { return presented == stored ? .present(stored) : .fenced }
    if presented == .takingOver {
      return next == stored.nonce ? .repeated(stored) : .accepted(Fence(generation: stored.generation + 1, nonce: next))
    }
    // The last generation is left out: it is what an owner presents who takes over.
    if presented == stored, presented.generation + 1 < WireLimits.maximumCounter {
      return .accepted(Fence(generation: stored.generation + 1, nonce: next))
    }
    if stored.generation > 0, presented.generation == stored.generation - 1, next == stored.nonce {
      return .repeated(stored)
    }
    return .fenced
  }
}
