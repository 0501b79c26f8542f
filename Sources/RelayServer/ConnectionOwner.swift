import NIOCore
import RelayWire

/// How other threads reach a session: every call becomes a task of the session's event loop.
final class ConnectionOwner: MailboxOwner {
  private let eventLoop: any EventLoop
  private let session: NIOLoopBound<RelaySession>

  init(session: RelaySession, eventLoop: any EventLoop) {
    self.eventLoop = eventLoop
    self.session = NIOLoopBound(session, eventLoop: eventLoop)
  }

  /// Runs `task` on the event loop.
  func execute(_ task: @escaping @Sendable (RelaySession) -> Void) {
    eventLoop.execute { [session] in task(session.value) }
  }

  func mailboxChanged(_ mailbox: MailboxID) { execute { $0.mailboxChanged(mailbox) } }
  func deliver(_ delivery: EphemeralDelivery) { execute { $0.deliver(delivery) } }
  func fencedOut(_ mailbox: MailboxID) { execute { $0.fencedOut(mailbox) } }
}
