/// How much of something may be done in a time: it fills evenly, and each use takes one out. Pure.
package struct TokenBucket: Hashable, Sendable {
  /// Uses per second in the long run, and how many may come at once.
  package struct Rate: Hashable, Sendable {
    package let perSecond: Int
    package let burst: Int

    package init(perSecond: Int, burst: Int) {
      self.perSecond = max(1, perSecond)
      self.burst = max(1, burst)
    }
  }

  package let rate: Rate
  /// When it would be empty if it had been filling since then: an exact account in nanoseconds, without fractions.
  private var emptyAt: Duration

  package init(_ rate: Rate, now: Duration) {
    self.rate = rate
    emptyAt = now - Self.interval(rate) * rate.burst
  }

  private static func interval(_ rate: Rate) -> Duration { .nanoseconds(1_000_000_000 / Int64(rate.perSecond)) }

  /// Whether nothing was taken out for so long that it is as if new.
  package func isFull(at now: Duration) -> Bool { now - emptyAt >= Self.interval(rate) * rate.burst }

  /// Takes one out.
  ///
  /// - Returns: nil, or how long it takes until one is there.
  package mutating func take(now: Duration) -> Duration? {
    let interval = Self.interval(rate)
    let next = max(emptyAt, now - interval * rate.burst) + interval
    guard next <= now else { return next - now }
    emptyAt = next
    return nil
  }
}
