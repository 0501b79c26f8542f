/// A limit on how often: `capacity` at once, and `perSecond` in the long run. A value without a clock of its own.
package struct TokenBucket: Hashable, Sendable {
  /// How much one bucket lets through.
  package struct Rate: Hashable, Sendable {
    /// At once.
    package var capacity: Double
    /// In the long run.
    package var perSecond: Double

    package init(capacity: Double, perSecond: Double) {
      self.capacity = capacity
      self.perSecond = perSecond
    }
  }

  private var tokens: Double
  private var at: Duration

  /// A full bucket.
  package init(_ rate: Rate, at now: Duration) {
    tokens = rate.capacity
    at = now
  }

  /// How long to wait until `count` tokens are there; nil: they are there now. Takes none.
  ///
  /// More than the bucket holds counts as all that it holds, so that a large batch is late and not impossible.
  package func delay(_ count: Double, _ rate: Rate, at now: Duration) -> Duration? {
    let missing = min(count, rate.capacity) - filled(rate, at: now)
    guard missing > 0 else { return nil }
    return .milliseconds(Int64((missing / max(rate.perSecond, 1e-6) * 1_000).rounded(.up)))
  }

  /// Takes `count` tokens, into debt if there are fewer.
  package mutating func take(_ count: Double, _ rate: Rate, at now: Duration) {
    tokens = filled(rate, at: now) - count
    at = max(at, now)
  }

  /// A clock that goes back adds nothing.
  private func filled(_ rate: Rate, at now: Duration) -> Double {
    let elapsed = max(.zero, now - at) / .seconds(1)
    return min(rate.capacity, tokens + elapsed * rate.perSecond)
  }
}
