package import Ambient
import Synchronization

/// How much callers may ask.
package struct CallRates: Hashable, Sendable {
  /// Calls of one caller.
  package var calls: TokenBucket.Rate
  /// Messages of one caller into one conversation.
  package var sends: TokenBucket.Rate
  /// Whether the user of this machine, on the daemon's own socket, is held to them too.
  package var includesLocal: Bool

  package init(
    calls: TokenBucket.Rate = .init(perSecond: 20, burst: 40), sends: TokenBucket.Rate = .init(perSecond: 5, burst: 10),
    includesLocal: Bool = false
  ) {
    self.calls = calls
    self.sends = sends
    self.includesLocal = includesLocal
  }
}

/// Holds callers to what they may ask.
package final class CallLimits: Sendable {
  private struct Key: Hashable {
    let caller: String
    /// nil: all calls.
    let chat: String?
  }

  /// Buckets that are looked through for full ones when there are more.
  private static let manyBuckets = 10_000

  private let rates: CallRates
  private let clock: any SteadyClock
  private let buckets = Mutex<[Key: TokenBucket]>([:])

  package init(_ rates: CallRates, clock: any SteadyClock) {
    self.rates = rates
    self.clock = clock
  }

  /// Counts a call.
  ///
  /// - Parameter chat: into which it sends a message, if it does.
  /// - Throws: ``InterfaceError`` of the kind rate_limited, with the time to wait.
  func count(_ caller: Caller, sendingTo chat: String?) throws(InterfaceError) {
    guard caller.id != Caller.local.id || rates.includesLocal else { return }
    let now = clock.now()
    let wait = buckets.withLock { buckets -> Duration? in
      if buckets.count > Self.manyBuckets { buckets = buckets.filter { !$0.value.isFull(at: now) } }
      let callKey = Key(caller: caller.id, chat: nil)
      if let wait = buckets[callKey, default: TokenBucket(rates.calls, now: now)].take(now: now) { return wait }
      guard let chat else { return nil }
      return buckets[Key(caller: caller.id, chat: chat), default: TokenBucket(rates.sends, now: now)].take(now: now)
    }
    guard let wait else { return }
    let (seconds, attoseconds) = wait.components
    // Rounded up: whoever waits so long is let through.
    let milliseconds = seconds * 1_000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
    throw InterfaceError(.rateLimited, retryAfterMilliseconds: max(1, milliseconds))
  }
}
