import Glibc

/// The machine's own clock (CLOCK_REALTIME).
package struct SystemWallClock: WallClock {
  package init() {}

  package func now() -> WallTime {
    var time = timespec()
    // CLOCK_REALTIME exists on every Linux: the call cannot fail with a valid pointer.
    clock_gettime(CLOCK_REALTIME, &time)
    return WallTime(milliseconds: Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000)
  }
}
