import NIOCore
import RelayWire

/// How other threads reach a connection: every call becomes a task of the connection's event loop.
final class ConnectionOwner: MailboxOwner {
  private let eventLoop: any EventLoop
  private let handler: NIOLoopBound<RelayChannelHandler>

  init(handler: RelayChannelHandler, eventLoop: any EventLoop) {
    self.eventLoop = eventLoop
    self.handler = NIOLoopBound(handler, eventLoop: eventLoop)
  }

  /// Runs `task` on the event loop.
  func execute(_ task: @escaping @Sendable (RelayChannelHandler) -> Void) {
    eventLoop.execute { [handler] in task(handler.value) }
  }

  func mailboxChanged(_ mailbox: MailboxID) { execute { $0.mailboxChanged(mailbox) } }
  func deliver(_ delivery: EphemeralDelivery) { execute { $0.deliver(delivery) } }
  func fencedOut(_ mailbox: MailboxID) { execute { $0.fencedOut(mailbox) } }
}
