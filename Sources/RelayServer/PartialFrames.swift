import Synchronization

/// What all connections of a relay together hold of frames and bodies that are not whole yet: at most a budget (R7).
///
/// A frame that its client sends at once is whole within milliseconds. So when the budget is over, those that began
/// longest ago make room: a crowd that begins frames and does not end them takes room from itself.
package final class PartialFrames: Sendable {
  /// What a connection holds beyond this counts. Below it is what one read from a socket may leave behind.
  package static let freeByteCount = 8 * 1_024
  /// As many bytes as 64 of the largest frames.
  package static let standardBudget = 64 << 20

  private struct Holder {
    let begun: UInt64
    var byteCount: Int
    let evict: @Sendable () -> Void
  }

  private struct State {
    var holders: [ObjectIdentifier: Holder] = [:]
    var byteCount = 0
    var begun: UInt64 = 0

    mutating func remove(_ id: ObjectIdentifier) -> Holder? {
      guard let holder = holders.removeValue(forKey: id) else { return nil }
      byteCount -= holder.byteCount
      return holder
    }
  }

  private let budget: Int
  private let state = Mutex(State())

  /// - Parameter budget: bytes of all holders together.
  package init(budget: Int = standardBudget) { self.budget = budget }

  /// What all holders hold beyond what is free.
  package var byteCount: Int { state.withLock { $0.byteCount } }

  /// Says how much `holder` holds now; at most ``freeByteCount``: nothing that counts.
  ///
  /// - Parameter evict: called once, on any thread, if it has to make room.
  package func hold(_ byteCount: Int, by holder: AnyObject, evict: @escaping @Sendable () -> Void) {
    let id = ObjectIdentifier(holder)
    let evicted = state.withLock { state in
      guard byteCount > Self.freeByteCount else {
        _ = state.remove(id)
        return [Holder]()
      }
      let known = state.remove(id)
      state.begun += 1
      state.holders[id] = Holder(begun: known?.begun ?? state.begun, byteCount: byteCount, evict: known?.evict ?? evict)
      state.byteCount += byteCount
      var evicted: [Holder] = []
      while state.byteCount > budget, let oldest = state.holders.min(by: { $0.value.begun < $1.value.begun }) {
        if let holder = state.remove(oldest.key) { evicted.append(holder) }
      }
      return evicted
    }
    for holder in evicted { holder.evict() }
  }

  /// `holder` holds nothing any more.
  package func release(_ holder: AnyObject) { state.withLock { _ = $0.remove(ObjectIdentifier(holder)) } }
}
