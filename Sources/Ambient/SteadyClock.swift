import Glibc

/// A clock that nobody sets: it only goes forward, at the pace of real time, from an arbitrary start.
package protocol SteadyClock: Sendable {
  /// The time since the clock's start.
  func now() -> Duration
}

/// The machine's own (CLOCK_BOOTTIME), which also counts while the machine sleeps.
package struct SystemSteadyClock: SteadyClock {
  package init() {}

  package func now() -> Duration {
    var time = timespec()
    // CLOCK_BOOTTIME exists on every Linux since 2.6.39: the call cannot fail with a valid pointer.
    clock_gettime(CLOCK_BOOTTIME, &time)
    return .seconds(Int64(time.tv_sec)) + .nanoseconds(Int64(time.tv_nsec))
  }
}
