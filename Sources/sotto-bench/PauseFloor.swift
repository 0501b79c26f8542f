import Foundation
import Synchronization

/// How often, and for how long, this machine takes its processors away: what no program on it can be faster than.
///
/// A thread for each processor does nothing but read the clock. Where two readings are over a millisecond apart, the kernel or
/// the host of a virtual machine had something else to do; whoever waits for that processor waits as long.
enum PauseFloor {
  /// Pauses of over a millisecond on all processors, and how long each was.
  static func run(for time: Duration) -> Rate {
    let watch = Stopwatch()
    let pauses = Mutex<[UInt64]>([])
    let limit = UInt64(time.inSeconds * 1e9)
    DispatchQueue.concurrentPerform(iterations: ProcessInfo.processInfo.activeProcessorCount) { _ in
      var own: [UInt64] = []
      let start = Monotonic.now()
      var last = start
      while last - start < limit {
        let now = Monotonic.now()
        if now - last > 1_000_000 { own.append(now - last) }
        last = now
      }
      pauses.withLock { $0 += own }
    }
    return watch.rate(nanoseconds: pauses.withLock { $0 })
  }
}
