import HTTPTypes
import NIOCore
import RelayCore
import RelayWire

/// One session over HTTP: a ``RelaySession`` whose answers are gathered for the requests that they belong to.
///
/// Confined to its event loop. Each POST is an exchange: it ends when all of its requests are answered, and with it goes
/// what the relay says by itself, which over HTTP is only that another owner came. Answers wait here only until their
/// exchange ends; meanwhile no page is read for another one (R7).
final class HTTPSession: SessionTransport {
  /// Exchanges at once, at most: some that wait for envelopes, and one for everything else.
  static let maximumExchanges = 4
  /// Bytes of answers that are gathered before reading pages pauses.
  static let highWatermark = RelayPipeline.highWatermark

  /// The frames of an answer, each encoded.
  typealias Answer = [[UInt8]]

  private struct Exchange {
    let answered: EventLoopPromise<Answer>
    var frames: Answer = []
    /// Requests that have no answer yet.
    var outstanding = 0
  }

  private let session: RelaySession
  private let eventLoop: any EventLoop
  private var exchanges: [Int: Exchange] = [:]
  /// Which exchange and which of the client's ids a request of the session belongs to. Clients may use an id twice.
  private var requests: [UInt64: (exchange: Int, id: UInt64)] = [:]
  private var lastExchange = 0
  private var lastRequest: UInt64 = 0
  private var byteCount = 0
  /// What the relay has to say by itself.
  private var pushes: Answer = []
  private var isOver = false
  private var flushIsDue = false

  init(services: RelaySession.Services, challenge: RelayChallenge, address: AddressPrefix?, eventLoop: any EventLoop) {
    session = RelaySession(services: services, challenge: challenge)
    self.eventLoop = eventLoop
    session.begin(on: eventLoop, address: address, transport: self)
  }

  /// The relay's first frame (C14).
  var hello: Answer { Self.encode(session.machine.hello, to: 0).map { [$0] } ?? [] }

  /// Carries out requests, and answers with what becomes of all of them.
  ///
  /// - Returns: fails with ``HTTPRefusal``.
  func exchange(_ received: [(request: ReceivedRequest, byteCount: Int)]) -> EventLoopFuture<Answer> {
    if isOver {
      defer { pushes = [] }
      return pushes.isEmpty
        ? eventLoop.makeFailedFuture(HTTPRefusal.noSession) : eventLoop.makeSucceededFuture(pushes)
    }
    guard exchanges.count < Self.maximumExchanges else {
      return eventLoop.makeFailedFuture(HTTPRefusal.tooManyExchanges)
    }
    let answered = eventLoop.makePromise(of: Answer.self)
    lastExchange += 1
    let number = lastExchange
    exchanges[number] = Exchange(answered: answered, outstanding: received.count)
    var hasFetch = false
    for (request, byteCount) in received {
      lastRequest += 1
      requests[lastRequest] = (number, request.id)
      let id = lastRequest
      switch request.command {
      case .success(.owner(.subscribe)): send(.refusal(.noPushes), to: id)
      case .success(.owner(.fetch)) where hasFetch: send(.refusal(.secondFetch), to: id)
      case .success(.owner(.fetch)):
        hasFetch = true
        session.receive(request.command, id: id, byteCount: byteCount)
      default: session.receive(request.command, id: id, byteCount: byteCount)
      }
    }
    session.submitBurst()
    flush()
    return answered.futureResult
  }

  /// Answers the fetches that wait now: the relay ends.
  func endWaits() { session.endWaits() }

  /// Ends the session: what is not answered yet never will be.
  func end() {
    isOver = true
    session.end()
    let open = exchanges.values
    exchanges = [:]
    requests = [:]
    for exchange in open { exchange.answered.fail(HTTPRefusal.noSession) }
  }

  // MARK: The session

  var isServing: Bool { !isOver }

  var isWritable: Bool { byteCount < Self.highWatermark }

  func send(_ event: RelayEvent, to id: UInt64) {
    guard !isOver else { return }
    guard let (number, requestID) = id == 0 ? (0, 0) : requests.removeValue(forKey: id) else { return }
    // Pages are cut to fit; nothing else comes near the limit.
    guard let frame = Self.encode(event, to: requestID) else { return end() }
    if id == 0 {
      pushes.append(frame)
    } else {
      exchanges[number]?.frames.append(frame)
      exchanges[number]?.outstanding -= 1
      byteCount += frame.count
    }
    flush()
  }

  func storeAnswered() {}

  /// The open exchanges, or else the next one, carry the news; then there is no session any more.
  func endedByFence() {
    session.end()
    isOver = true
    flush()
  }

  // MARK: Answering

  /// Ends the exchanges that are answered, once this turn of the event loop is over: all that it brings goes together.
  private func flush() {
    guard !flushIsDue else { return }
    flushIsDue = true
    eventLoop.assumeIsolated().execute { [self] in
      flushIsDue = false
      let news = pushes
      for (number, exchange) in exchanges where isOver || exchange.outstanding == 0 {
        exchanges[number] = nil
        byteCount -= exchange.frames.reduce(0) { $0 + $1.count }
        exchange.answered.succeed(exchange.frames + news)
        pushes = []
      }
      session.drainPages()
    }
  }

  private static func encode(_ event: RelayEvent, to id: UInt64) -> [UInt8]? {
    // What does not fit is not sent in parts.
    try? FrameCodec.encode(RelayFrame(requestID: id, event: event))
  }
}

extension RelayRefusal {
  static let noPushes = RelayRefusal(.malformed, "There are no subscriptions over HTTP: fetch, and wait.")
  static let secondFetch = RelayRefusal(
    .rateLimited, "One request over HTTP fetches once.", retryAfterSeconds: 1)
}

extension HTTPRefusal {
  /// Unknown, ended and expired sessions, alike.
  static let noSession = HTTPRefusal(.notFound, "There is no such session: begin a new one.")
  static let tooManyExchanges = HTTPRefusal(
    .tooManyRequests, "Too many requests of this session are not answered yet.", headers: [.retryAfter: "1"])
}
