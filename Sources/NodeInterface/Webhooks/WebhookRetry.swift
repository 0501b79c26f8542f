package import Ambient

/// How it stands with a receiver that does not take what it is told. Pure: clock and chance are given.
package struct WebhookRetry: Hashable, Sendable {
  /// What to do with the event that failed.
  package enum Verdict: Hashable, Sendable {
    case again
    /// It becomes a dead letter, and the next one is tried at once.
    case giveUp
  }

  /// Failures in a row.
  package private(set) var failures: Int
  /// When the first of them was, unix ms; 0: the receiver takes what it is told.
  package private(set) var outageSince: Int64
  /// Nothing is tried before, unix ms.
  package private(set) var nextAttemptAt: Int64

  package init(failures: Int = 0, outageSince: Int64 = 0, nextAttemptAt: Int64 = 0) {
    self.failures = failures
    self.outageSince = outageSince
    self.nextAttemptAt = nextAttemptAt
  }

  /// How long to wait now; never longer than the longest wait, wherever the clock was set.
  package func wait(now: WallTime, _ times: WebhookTimes) -> Duration {
    min(.milliseconds(max(0, nextAttemptAt &- now.milliseconds)), times.longestWait)
  }

  /// The receiver took an event.
  package mutating func taken() { self = WebhookRetry() }

  /// It did not. The wait is a time between nothing and 5 s, 10 s, … 1 h: so that many who wait for one receiver do not
  /// come together.
  ///
  /// - Parameter eventAt: when the event happened. An event is given up when it could not be told for the whole limit,
  ///   whether it was tried or waited for those before it.
  package mutating func failed(
    eventAt: WallTime, now: WallTime, _ times: WebhookTimes, randomness: any PublicRandomness
  ) -> Verdict {
    if outageSince == 0 { outageSince = now.milliseconds }
    failures += 1
    let since = max(eventAt.milliseconds, outageSince)
    if Duration.milliseconds(now.milliseconds - since) >= times.limit {
      nextAttemptAt = 0
      return .giveUp
    }
    let longest = min(times.firstWait * (1 << min(failures - 1, 30)), times.longestWait)
    let (seconds, attoseconds) = longest.components
    let milliseconds = seconds * 1_000 + attoseconds / 1_000_000_000_000_000
    nextAttemptAt = now.milliseconds + randomness.number(in: 0...milliseconds)
    return .again
  }
}
