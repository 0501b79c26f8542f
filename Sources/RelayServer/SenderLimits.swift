import Ambient
import Glibc
import NIOCore
import RelayCore
import RelayWire
import Synchronization

/// A relay's one ``RateLimiter``, for the connections on all its event loops. In memory only, and in no log.
final class SenderLimits: Sendable {
  private let limiter: Mutex<RateLimiter>
  private let clock: any SteadyClock

  init(_ limits: RateLimits, clock: any SteadyClock) {
    limiter = Mutex(RateLimiter(limits))
    self.clock = clock
  }

  /// The bucket of a fresh connection.
  func connection() -> TokenBucket { limiter.withLock { $0.connection(at: clock.now()) } }

  /// - Returns: the refusal of a command that comes too soon; nil: it passes, and counts.
  func judge(
    _ command: SenderCommand, connection: inout TokenBucket, address: AddressPrefix?
  ) -> RelayRefusal? {
    let (entries, weight) = Self.cost(command)
    let now = clock.now()
    // Out of the closure and back: it cannot take what is inout.
    var bucket = connection
    let (delay, taken) = limiter.withLock { limiter in
      let delay = limiter.judge(entries: entries, weight: weight, connection: &bucket, address: address, at: now)
      return (delay, bucket)
    }
    connection = taken
    return delay.map { .rateLimited($0) }
  }

  /// - Returns: the refusal of a mailbox's first opening that comes too soon; nil: it passes, and counts.
  func judgeRegistration(from address: AddressPrefix?) -> RelayRefusal? {
    guard let address else { return nil }
    let now = clock.now()
    return limiter.withLock { $0.judgeRegistration(from: address, at: now) }.map { .rateLimited($0) }
  }

  private static func cost(_ command: SenderCommand) -> (entries: [AdmissionHash], weight: Int) {
    switch command {
    case .put(let put): ([AdmissionRules.hash(mailbox: put.mailbox, tag: put.tag)], 1)
    case .putBatch(let puts): (puts.map { AdmissionRules.hash(mailbox: $0.mailbox, tag: $0.tag) }, puts.count)
    case .fetchBundle(let fetch): ([AdmissionRules.hash(mailbox: fetch.mailbox, tag: fetch.tag)], 1)
    case .createBlob(let blob): ([AdmissionRules.hash(mailbox: blob.mailbox, tag: blob.tag)], 1)
    case .retract: ([], 1)
    case .receiptStatus(let status): ([], status.tokens.count)
    }
  }
}

extension AddressPrefix {
  /// The prefix of a client's address; nil for a Unix socket and for loopback.
  init?(_ address: SocketAddress?) {
    let (family, byteCount): (CInt, Int)
    switch address {
    case .v4: (family, byteCount) = (AF_INET, 4)
    case .v6: (family, byteCount) = (AF_INET6, 16)
    case .unixDomainSocket, nil: return nil
    }
    var bytes = [UInt8](repeating: 0, count: byteCount)
    guard let text = address?.ipAddress, inet_pton(family, text, &bytes) == 1 else { return nil }
    self.init(address: bytes)
  }
}
