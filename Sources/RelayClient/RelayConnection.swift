package import NIOCore
import NIOPosix
package import RelayWire

/// One connection to a relay: requests with answers, and pushes. A WebSocket, or long-poll where none gets through.
///
/// Connects, asks, tells what came. Does not reconnect, retry, choose relays or sign anything: that is the caller's.
/// All methods may be called from any task at once; answers need not come in order.
package final class RelayConnection: Sendable {
  /// What the relay said first: challenge, key, version, limits (C14).
  package let hello: RelayHello
  /// Pages, ephemeral envelopes and the end by a newer owner, as the relay sends them by itself. Over long-poll there is
  /// nothing but the last.
  package let pushes: RelayPushes
  /// How long a request waits for its answer, on top of what a `Fetch` is told to wait.
  package let timeLimit: Duration
  /// Whether it is a WebSocket.
  package let isWebSocket: Bool

  private let link: any RelayLink

  init(hello: RelayHello, pushes: RelayPushes, timeLimit: Duration, isWebSocket: Bool, link: any RelayLink) {
    self.hello = hello
    self.pushes = pushes
    self.timeLimit = timeLimit
    self.isWebSocket = isWebSocket
    self.link = link
  }

  deinit {
    // The last holder is gone: nothing can be asked or heard any more.
    link.close(inOrder: false)
  }

  /// Connects by whatever carries frames to this relay now, and reads Hello, all within `timeLimit`.
  ///
  /// - Parameters:
  ///   - expectedRelayKey: the pinned key of the route (C1, C14); nil only where none is known yet.
  ///   - timeLimit: also the time limit of each request.
  ///   - transport: what is trusted, the proxy to go through, and what is known of WebSockets to this relay.
  /// - Throws: ``RelayClientError``: `unreachable`, `notARelay`, `unsupportedVersion`, `wrongRelayKey`, `timedOut`,
  ///   `closed`, `tls`, `proxy`, `notAllowed`, `protocolViolation`.
  package static func connect(
    to address: RelayAddress, expectedRelayKey: RelayKey?, timeLimit: Duration, transport: RelayTransport,
    on group: any EventLoopGroup
  ) async throws(RelayClientError) -> RelayConnection {
    let attempt = ConnectionAttempt(
      address: address, timeLimit: timeLimit, transport: transport, expectedRelayKey: expectedRelayKey)
    return try await attempt.connect(on: group)
  }

  /// Connects on the process's shared event loops.
  package static func connect(
    to address: RelayAddress, expectedRelayKey: RelayKey?, timeLimit: Duration, transport: RelayTransport = .direct
  ) async throws(RelayClientError) -> RelayConnection {
    try await connect(
      to: address, expectedRelayKey: expectedRelayKey, timeLimit: timeLimit, transport: transport,
      on: MultiThreadedEventLoopGroup.singleton)
  }

  /// Ends the connection in order. Unanswered requests end with `closed`, the pushes end.
  package func close() async {
    link.close(inOrder: true)
    await closed()
  }

  /// Whether to go on with it: it has not ended yet, as far as this side knows, and if it is not a WebSocket, none is
  /// known to get through again. Until it ends it answers, whatever this says.
  package var isOpen: Bool { link.isOpen }

  /// Returns once the connection has ended, by whichever side.
  package func closed() async {
    // An ended connection is what was waited for.
    try? await link.ended.get()
  }

  /// Sends `command` and waits for its answer; a refusal is thrown.
  func request(_ command: ClientCommand, waitingLonger: Duration = .zero) async throws(RelayClientError) -> RelayEvent {
    let deadline = NIODeadline.now() + TimeAmount(timeLimit + waitingLonger)
    let ticket = RequestTicket()
    let link = link
    let result: Result<RelayEvent, RelayClientError> = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        link.send(command, deadline: deadline, ticket: ticket) { continuation.resume(returning: $0) }
      }
    } onCancel: {
      if let id = ticket.cancel() { link.cancel(id) }
    }
    let event = try result.get()
    if case .refusal(let refusal) = event { throw .refused(refusal) }
    return event
  }
}
