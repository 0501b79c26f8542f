package import Ambient

/// How long to wait before the next attempt to connect: exponential, with full jitter.
///
/// Attempt n waits a random time in 0 … min(15 s, 100 ms · 2ⁿ), so that the nodes of a relay that comes back do not all
/// come back at once. Does not wait or connect: the caller does.
package struct ReconnectPolicy: Hashable, Sendable {
  /// The upper bound before the first retry.
  package static let firstBound: Duration = .milliseconds(100)
  /// The upper bound that is never exceeded.
  package static let greatestBound: Duration = .seconds(15)

  /// Failed attempts since the last success.
  package private(set) var failures = 0

  package init() {}

  /// The upper bound of the next wait.
  package var bound: Duration {
    // 2⁸ · 100 ms is above the greatest bound already; the shift stays small.
    min(Self.greatestBound, Self.firstBound * (1 << min(failures, 8)))
  }

  /// Counts a failed attempt and draws the time to wait before the next.
  package mutating func waitAfterFailure(randomness: some PublicRandomness) -> Duration {
    let (seconds, attoseconds) = bound.components
    let microseconds = seconds * 1_000_000 + attoseconds / 1_000_000_000_000
    failures += 1
    return .microseconds(randomness.number(in: 0...microseconds))
  }

  /// Forgets the failures: a connection was made and used.
  package mutating func succeeded() { failures = 0 }
}
