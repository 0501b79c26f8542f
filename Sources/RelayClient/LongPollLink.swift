import NIOCore
import RelayWire
import Synchronization

/// A session over HTTP as a link. It asks to be replaced once a WebSocket gets through.
struct LongPollLink: RelayLink {
  /// Whether the session is over, for those who are not on its event loop.
  final class Ending: Sendable {
    let isOver = Atomic(false)
  }

  let eventLoop: any EventLoop
  let session: NIOLoopBound<LongPollSession>
  let ended: EventLoopFuture<Void>
  let ending: Ending
  let address: RelayAddress
  let memory: TransportMemory

  var isOpen: Bool { !ending.isOver.load(ordering: .acquiring) && memory.transport(to: address) == .longPoll }

  func close(inOrder: Bool) { eventLoop.execute { [session] in session.value.close() } }

  func send(
    _ command: ClientCommand, deadline: NIODeadline, ticket: RequestTicket, waiter: @escaping RelayFrameHandler.Waiter
  ) {
    eventLoop.execute { [session] in
      guard !ticket.isCancelled else { return waiter(.failure(.cancelled)) }
      if let id = session.value.send(command, deadline: deadline, waiter: waiter) { ticket.sent(id) }
    }
  }

  func cancel(_ id: UInt64) { eventLoop.execute { [session] in session.value.cancel(id) } }

  /// Tries a WebSocket whenever the relay's policy says so, as long as this link is used.
  func tryWebSockets(_ trial: @escaping @Sendable () async -> Bool) {
    guard !ending.isOver.load(ordering: .acquiring), let time = memory.timeUntilTrial(of: address) else { return }
    // Not sooner than this: another link of this process may be at it.
    let delay = max(TimeAmount(time), .milliseconds(100))
    let timer = eventLoop.scheduleTask(in: delay) { [memory, address, eventLoop, ending] in
      guard !ending.isOver.load(ordering: .acquiring), memory.note(address, { $0.beginTrial(at: $1) }) else {
        return tryWebSockets(trial)
      }
      eventLoop.makeFutureWithTask { await trial() }.whenSuccess { works in
        memory.note(address) { $0.trialEnded(works: works, at: $1) }
        tryWebSockets(trial)
      }
    }
    ended.whenComplete { _ in timer.cancel() }
  }
}
