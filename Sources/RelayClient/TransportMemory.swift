package import Ambient
import Synchronization

/// What a process knows of the transports to its relays: a ``TransportPolicy`` for each, in memory only.
package final class TransportMemory: Sendable {
  /// Relays that are remembered, at most; then all are forgotten, which costs an attempt each.
  static let maximumRelays = 4_096

  private let timing: TransportPolicy.Timing
  private let clock: any SteadyClock
  private let policies = Mutex<[String: TransportPolicy]>([:])

  package init(_ timing: TransportPolicy.Timing = .init(), clock: any SteadyClock = SystemSteadyClock()) {
    self.timing = timing
    self.clock = clock
  }

  func now() -> Duration { clock.now() }

  func transport(to address: RelayAddress) -> TransportPolicy.Transport {
    policies.withLock { $0[address.url]?.transport ?? .webSocket }
  }

  func timeUntilTrial(of address: RelayAddress) -> Duration? {
    policies.withLock { $0[address.url]?.timeUntilTrial(at: clock.now()) }
  }

  /// Tells the policy of a relay what became of something, and takes its answer.
  @discardableResult
  func note<Value: Sendable>(
    _ address: RelayAddress, _ body: @Sendable (inout TransportPolicy, _ now: Duration) -> Value
  ) -> Value {
    let now = clock.now()
    return policies.withLock { policies in
      var policy = policies[address.url] ?? TransportPolicy(timing)
      defer {
        if policies.count >= Self.maximumRelays, policies[address.url] == nil { policies = [:] }
        policies[address.url] = policy
      }
      return body(&policy, now)
    }
  }
}
