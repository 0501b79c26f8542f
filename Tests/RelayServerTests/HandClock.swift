import Ambient
import Synchronization

/// A steady clock that is turned by hand.
final class HandClock: SteadyClock {
  private let elapsed = Mutex(Duration.zero)

  func now() -> Duration { elapsed.withLock { $0 } }
  func advance(by duration: Duration) { elapsed.withLock { $0 += duration } }
}
