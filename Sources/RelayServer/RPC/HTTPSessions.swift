import Ambient
import ByteLayout
import HTTPTypes
import NIOCore
import RelayCore
import RelayWire
import Synchronization

/// The sessions of a relay over HTTP, by their tokens: in memory only, bounded in number and in silence.
///
/// A session stays on the event loop of the connection that began it, whichever connection its requests come by.
final class HTTPSessions: Sendable {
  /// Sessions at once, at most.
  static let standardMaximum = 4_096
  /// Sessions begun from one address prefix at once, at most; loopback and sockets in the file system have none.
  static let maximumPerAddress = 64
  /// A session that nobody asks anything for so long is over.
  static let silenceLimit = Duration.seconds(90)

  /// How a session is reached from anywhere.
  struct Handle: Sendable {
    let eventLoop: any EventLoop
    let session: NIOLoopBound<HTTPSession>

    func execute(_ task: @escaping @Sendable (HTTPSession) -> Void) {
      eventLoop.execute { [session] in task(session.value) }
    }
  }

  private struct Entry {
    let handle: Handle
    let address: AddressPrefix?
    var lastUse: Duration
    var uses = 0
  }

  private struct State {
    var entries: [FixedBytes<32>: Entry] = [:]
    var perAddress: [AddressPrefix: Int] = [:]
    var isEnding = false

    mutating func remove(_ token: FixedBytes<32>) -> Handle? {
      guard let entry = entries.removeValue(forKey: token) else { return nil }
      if let address = entry.address {
        let left = (perAddress[address] ?? 1) - 1
        perAddress[address] = left > 0 ? left : nil
      }
      return entry.handle
    }
  }

  private let services: RelaySession.Services
  private let randomness: any PublicRandomness
  private let clock: any SteadyClock
  private let maximum: Int
  private let state = Mutex(State())

  init(
    services: RelaySession.Services, randomness: any PublicRandomness, clock: any SteadyClock,
    maximum: Int = standardMaximum
  ) {
    self.maximum = maximum
    self.services = services
    self.randomness = randomness
    self.clock = clock
  }

  /// How many sessions there are.
  var count: Int { state.withLock { $0.entries.count } }

  /// Begins a session.
  ///
  /// - Returns: its token, and the frames of the first answer: Hello.
  /// - Throws: ``HTTPRefusal`` when there are too many, or the relay ends.
  func begin(
    on eventLoop: any EventLoop, address: AddressPrefix?
  ) async throws -> (token: FixedBytes<32>, hello: HTTPSession.Answer) {
    removeSilent()
    let token = try FixedBytes<32>(randomness.bytes(32))
    let challenge = RelayChallenge(random: randomness)
    let (handle, hello) = try await eventLoop.submit { [services] in
      let session = HTTPSession(services: services, challenge: challenge, address: address, eventLoop: eventLoop)
      return (Handle(eventLoop: eventLoop, session: NIOLoopBound(session, eventLoop: eventLoop)), session.hello)
    }.get()
    let refusal: HTTPRefusal? = state.withLock { [maximum] state in
      if state.isEnding { return .relayEnds }
      guard state.entries.count < maximum else { return .tooManySessions }
      if let address {
        guard state.perAddress[address, default: 0] < Self.maximumPerAddress else { return .tooManySessions }
        state.perAddress[address, default: 0] += 1
      }
      state.entries[token] = Entry(handle: handle, address: address, lastUse: clock.now())
      return nil
    }
    if let refusal {
      handle.execute { $0.end() }
      throw refusal
    }
    return (token, hello)
  }

  /// Carries out requests in a session.
  ///
  /// - Throws: ``HTTPRefusal``.
  func exchange(
    _ requests: [(request: ReceivedRequest, byteCount: Int)], token: FixedBytes<32>
  ) async throws -> HTTPSession.Answer {
    removeSilent()
    let handle = state.withLock { state in
      state.entries[token]?.uses += 1
      return state.entries[token]?.handle
    }
    guard let handle else { throw HTTPRefusal.noSession }
    defer {
      state.withLock { state in
        state.entries[token]?.uses -= 1
        state.entries[token]?.lastUse = clock.now()
      }
    }
    return try await handle.eventLoop.flatSubmit { handle.session.value.exchange(requests) }.get()
  }

  /// Ends a session at its client's wish.
  ///
  /// - Throws: ``HTTPRefusal/noSession``.
  func end(_ token: FixedBytes<32>) throws(HTTPRefusal) {
    guard let handle = state.withLock({ $0.remove(token) }) else { throw .noSession }
    handle.execute { $0.end() }
  }

  /// Ends the sessions that were silent for too long.
  func removeSilent() {
    let now = clock.now()
    let ended = state.withLock { state in
      state.entries.filter { $0.value.uses == 0 && now - $0.value.lastUse >= Self.silenceLimit }.keys
        .compactMap { state.remove($0) }
    }
    for handle in ended { handle.execute { $0.end() } }
  }

  /// The relay ends: no new sessions, and who waits is answered now.
  func quiesce() {
    let handles = state.withLock { state in
      state.isEnding = true
      return state.entries.values.map(\.handle)
    }
    for handle in handles { handle.execute { $0.endWaits() } }
  }
}

extension HTTPRefusal {
  static let tooManySessions = HTTPRefusal(
    .serviceUnavailable, "Too many sessions.", headers: [.retryAfter: "30"])
  static let relayEnds = HTTPRefusal(.serviceUnavailable, "The relay ends.", headers: [.retryAfter: "5"])
}
