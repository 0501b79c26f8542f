import NIOCore
import NIOHTTP1
import RelayWire
import Synchronization

/// One attempt to begin a session over HTTP: what ``RelayDialer`` does, an empty POST, Hello.
struct LongPollAttempt: Sendable {
  let dialer: RelayDialer
  let deadline: NIODeadline
  /// For each later connection.
  let timeLimit: Duration
  let pushes: RelayPushes.Source

  func connect(on eventLoop: any EventLoop) async throws(RelayClientError) -> (link: LongPollLink, hello: RelayHello) {
    do {
      return try await openLane(on: eventLoop, deadline: deadline).flatMap { lane in
        let late = eventLoop.scheduleTask(deadline: deadline) { lane.value.close() }
        let answer = lane.value.send(.POST, session: nil, body: [])
        return (answer ?? eventLoop.makeFailedFuture(RelayClientError.closed)).flatMapThrowing { answer in
          late.cancel()
          let (token, hello) = try Self.read(answer)
          return (begin(token, lane, on: eventLoop), hello)
        }
      }.get()
    } catch {
      throw RelayDialer.failure(error, deadline: deadline)
    }
  }

  /// The session that the relay has begun, on its event loop.
  private func begin(_ token: String, _ lane: NIOLoopBound<HTTPLane>, on eventLoop: any EventLoop) -> LongPollLink {
    let ending = LongPollLink.Ending()
    let session = LongPollSession(
      token: token, firstLane: lane.value, timeLimit: TimeAmount(timeLimit), pushes: pushes, eventLoop: eventLoop,
      whenOver: { ending.isOver.store(true, ordering: .releasing) },
      openLane: {
        eventLoop.makeFutureWithTask {
          try await openLane(on: eventLoop, deadline: .now() + TimeAmount(timeLimit)).get()
        }
      })
    return LongPollLink(
      eventLoop: eventLoop, session: NIOLoopBound(session, eventLoop: eventLoop), ended: session.ended, ending: ending,
      address: dialer.address, memory: dialer.transport.memory)
  }

  private func openLane(
    on eventLoop: any EventLoop, deadline: NIODeadline
  ) async throws -> EventLoopFuture<NIOLoopBound<HTTPLane>> {
    try await dialer.dial(on: eventLoop, deadline: deadline) { [host = dialer.address.route] channel, late in
      channel.eventLoop.makeCompletedFuture {
        let lane = NIOLoopBound(try HTTPLane.configure(channel, host: host), eventLoop: channel.eventLoop)
        // Requests have their own time limits from here on.
        late.cancel()
        return lane
      }
    }
  }

  /// The session's token and Hello. Whatever else answers is no relay.
  private static func read(_ answer: HTTPLane.Answer) throws(RelayClientError) -> (token: String, hello: RelayHello) {
    guard answer.head.status == .ok, let token = answer.head.headers["Sotto-Session"].first, token.utf8.count == 64,
      token.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
    else { throw .notARelay }
    do throws(WireError) {
      let frames = try LongPollSession.frames(in: answer)
      guard frames.count == 1, case .hello(let hello) = frames[0].event else { throw WireError.notAFrame }
      return (token, hello)
    } catch { throw .notARelay }
  }
}
