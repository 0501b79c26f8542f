import Glibc

/// The processor time of this process: what is left of a busy machine's noise is in the ratios only.
enum ProcessorTime {
  /// Seconds since the process began.
  static func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  /// Repeats `body` for about `seconds` and returns how often it ran in one second.
  static func callsPerSecond(during seconds: Double, _ body: () throws -> Void) rethrows -> Double {
    let start = now()
    var count = 0
    var elapsed = 0.0
    repeat {
      for _ in 0..<8 { try body() }
      count += 8
      elapsed = now() - start
    } while elapsed < seconds
    return Double(count) / elapsed
  }
}
