import NIOCore
import RelayWire
import Synchronization

/// What carries one connection's requests to the relay. All members may be used from anywhere.
protocol RelayLink: Sendable {
  /// Whether a caller should go on with it.
  var isOpen: Bool { get }
  /// Succeeds when it has ended, by whichever side.
  var ended: EventLoopFuture<Void> { get }
  /// Ends it in order, or at once if nobody is left to wait for that.
  func close(inOrder: Bool)
  /// Sends a command; `waiter` is called once, on the event loop that ``ended`` is on. Nothing is sent if `ticket` was
  /// cancelled before.
  func send(
    _ command: ClientCommand, deadline: NIODeadline, ticket: RequestTicket, waiter: @escaping RelayFrameHandler.Waiter)
  /// Stops waiting for the answer of the request that has this id.
  func cancel(_ id: UInt64)
}

/// How far a request has come, seen from its task and from the event loop.
final class RequestTicket: Sendable {
  private struct State {
    var id: UInt64?
    var isCancelled = false
  }
  private let state = Mutex(State())

  var isCancelled: Bool { state.withLock { $0.isCancelled } }

  func sent(_ id: UInt64) { state.withLock { $0.id = id } }

  /// Marks it as cancelled; tells the id under which it was sent.
  func cancel() -> UInt64? {
    state.withLock {
      $0.isCancelled = true
      return $0.id
    }
  }
}

/// A WebSocket as a link.
struct WebSocketLink: RelayLink {
  let channel: any Channel
  let handler: NIOLoopBound<RelayFrameHandler>

  var isOpen: Bool { channel.isActive }

  var ended: EventLoopFuture<Void> { channel.closeFuture }

  func close(inOrder: Bool) {
    channel.eventLoop.execute { [handler] in handler.value.close(inOrder: inOrder) }
  }

  func send(
    _ command: ClientCommand, deadline: NIODeadline, ticket: RequestTicket, waiter: @escaping RelayFrameHandler.Waiter
  ) {
    channel.eventLoop.execute { [handler] in
      guard !ticket.isCancelled else { return waiter(.failure(.cancelled)) }
      if let id = handler.value.send(command, deadline: deadline, waiter: waiter) { ticket.sent(id) }
    }
  }

  func cancel(_ id: UInt64) { channel.eventLoop.execute { [handler] in handler.value.cancel(id) } }

  /// Calls `body` when the connection has ended, with whether it was cut: neither side had said that it ends.
  func whenEnded(_ body: @escaping @Sendable (_ wasCut: Bool) -> Void) {
    channel.closeFuture.whenComplete { [handler] _ in body(!handler.value.isClosing) }
  }
}
