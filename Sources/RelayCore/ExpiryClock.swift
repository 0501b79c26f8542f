/// The time by which a relay deletes, which a wrong wall clock cannot hurry (Docs/Decisions/0005-expiry-clock.md).
///
/// It is the wall clock's time, but never later than a limit that starts at the last time that was trusted and runs at
/// most ``maximumPace`` times as fast as real time. So a clock that jumps a year ahead deletes nothing at once and at
/// most a week a day; one that jumps back deletes nothing; and a machine that was off for a month catches up in days.
/// Logic without I/O: the caller reads both clocks, in unix seconds, and keeps ``trusted`` across restarts.
package struct ExpiryClock: Sendable {
  /// How much faster than real time the limit runs.
  package static let maximumPace = 7
  /// 2026-01-01: no relay has run before. A machine that starts without a clock begins here and not in 1970.
  package static let earliest: Int64 = 1_767_225_600

  /// The latest time by which anything may have been deleted.
  package private(set) var trusted: Int64
  /// The steady clock when ``trusted`` held.
  private var since: Duration

  /// - Parameters:
  ///   - trusted: what an earlier process kept; nil at the very first start, which trusts the wall clock.
  ///   - steady: the steady clock now.
  package init(trusted: Int64?, wall: Int64, steady: Duration) {
    self.trusted = max(trusted ?? wall, Self.earliest)
    self.since = steady
  }

  /// The time by which to delete now.
  package func time(wall: Int64, steady: Duration) -> Int64 { min(wall, limit(steady)) }

  /// Takes the time by which was just deleted as trusted; it never goes back.
  package mutating func advance(wall: Int64, steady: Duration) {
    let limit = limit(steady)
    // When the wall clock is behind, the limit must not gather speed for later.
    trusted = max(trusted, min(wall, limit))
    since = max(since, steady)
  }

  private func limit(_ steady: Duration) -> Int64 {
    let elapsed = (max(.zero, steady - since) * Self.maximumPace).components.seconds
    let (limit, overflows) = trusted.addingReportingOverflow(elapsed)
    return overflows ? .max : limit
  }
}
