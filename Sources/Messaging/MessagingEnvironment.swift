package import Ambient
package import Primitives

/// Begins work and does not wait for it. The work ends by itself, and needs nothing but what it was made with.
package typealias BackgroundWork = @Sendable (_ work: @escaping @Sendable () -> Void) -> Void

/// What the core needs from outside: time, randomness, and when receipts leave. All of it is injected.
package struct MessagingEnvironment: Sendable {
  package let clock: any WallClock
  /// For keys, ids and nonces.
  package let randomness: any Randomness
  /// For jitter and shuffling.
  package let jitter: any PublicRandomness
  package let receiptTiming: ReceiptTiming
  /// A clock that nobody sets, by which a wall clock that goes back is noticed (G5); nil: only what the vault remembers.
  package let steadyClock: (any SteadyClock)?
  /// Runs something beside the core, on another processor; nil: there is none to be had.
  package let inBackground: BackgroundWork?
  /// How many one-time prekeys a refill publishes; tests without optimised code make do with fewer.
  package let oneTimePrekeyCount: Int

  /// They are refilled below a quarter of that.
  var oneTimePrekeyFloor: Int { oneTimePrekeyCount / 4 }

  package init(
    clock: any WallClock, randomness: any Randomness, jitter: any PublicRandomness,
    receiptTiming: ReceiptTiming = .grid, steadyClock: (any SteadyClock)? = nil,
    inBackground: BackgroundWork? = nil, oneTimePrekeyCount: Int = 100
  ) {
    self.clock = clock
    self.randomness = randomness
    self.jitter = jitter
    self.receiptTiming = receiptTiming
    self.steadyClock = steadyClock
    self.inBackground = inBackground
    self.oneTimePrekeyCount = oneTimePrekeyCount
  }
}

/// When receipts leave (Protocol §9.18: their timing must not tell when a message was received).
package enum ReceiptTiming: String, Hashable, Sendable, CaseIterable {
  /// On a grid of 10 s, plus 0–10 s.
  case grid
  /// At once, for those who prefer ticks.
  case instant
}
