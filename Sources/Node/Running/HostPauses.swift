import Ambient
import RelayClient

/// Which relays are not tried for a while, because they could not be reached. Pure: times come from outside.
struct HostPauses {
  private struct Pause {
    var policy = ReconnectPolicy()
    var end: ContinuousClock.Instant
  }

  private var pauses: [String: Pause] = [:]

  /// The hosts that must wait.
  func waiting(at now: ContinuousClock.Instant) -> Set<String> {
    Set(pauses.filter { $0.value.end > now }.keys)
  }

  /// When the first of them may be tried again; nil when none has to wait.
  func nextEnd(after now: ContinuousClock.Instant) -> ContinuousClock.Instant? {
    pauses.values.map(\.end).filter { $0 > now }.min()
  }

  /// An attempt has failed: the next one waits longer.
  mutating func failed(_ host: String, at now: ContinuousClock.Instant, jitter: some PublicRandomness) {
    var pause = pauses[host] ?? Pause(end: now)
    pause.end = now + pause.policy.waitAfterFailure(randomness: jitter)
    pauses[host] = pause
  }

  mutating func succeeded(_ host: String) { pauses[host] = nil }
}
