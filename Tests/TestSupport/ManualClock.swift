package import Ambient
import Synchronization

/// A clock that stands still until it is turned.
package final class ManualClock: WallClock {
  private let time: Mutex<WallTime>

  package init(_ time: WallTime = WallTime(seconds: 1_790_000_000)) {
    self.time = Mutex(time)
  }

  package func now() -> WallTime { time.withLock { $0 } }

  /// Turns the clock on, or back with a negative duration.
  package func advance(by duration: Duration) {
    time.withLock { $0 = $0.advanced(by: duration) }
  }

  package func set(_ newTime: WallTime) {
    time.withLock { $0 = newTime }
  }
}
