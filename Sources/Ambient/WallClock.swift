/// Milliseconds since 1970-01-01T00:00:00Z, as sealed content carries them.
package struct WallTime: Hashable, Comparable, Sendable {
  package let milliseconds: Int64

  package init(milliseconds: Int64) { self.milliseconds = milliseconds }
  package init(seconds: Int64) { milliseconds = seconds * 1_000 }

  /// Whole seconds since 1970, as the relay and the signed structures carry them.
  package var seconds: Int64 { milliseconds / 1_000 - (milliseconds % 1_000 < 0 ? 1 : 0) }

  /// ⌊unix seconds / 86 400⌋, the day of the admission tags (C9). Times before 1970 count as day 0.
  package var day: UInt32 { UInt32(clamping: seconds / 86_400) }

  package static func < (left: Self, right: Self) -> Bool { left.milliseconds < right.milliseconds }

  /// The time that lies `duration` later; saturates instead of overflowing.
  package func advanced(by duration: Duration) -> WallTime {
    let (seconds, attoseconds) = duration.components
    let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000)
    guard !overflow else { return WallTime(milliseconds: seconds < 0 ? .min : .max) }
    let (sum, overflowed) = milliseconds.addingReportingOverflow(whole + attoseconds / 1_000_000_000_000_000)
    return WallTime(milliseconds: overflowed ? (seconds < 0 ? .min : .max) : sum)
  }
}

/// Where the time of day comes from. Injected everywhere; tests turn it by hand.
package protocol WallClock: Sendable {
  func now() -> WallTime
}
