package import NIOCore
import NIOPosix
package import RelayWire
import Synchronization

/// One WebSocket connection to a relay: requests with answers, and pushes.
///
/// Connects, asks, tells what came. Does not reconnect, retry, choose relays or sign anything: that is the caller's.
/// All methods may be called from any task at once; answers need not come in order.
package final class RelayConnection: Sendable {
  /// What the relay said first: challenge, key, version, limits (C14).
  package let hello: RelayHello
  /// Pages, ephemeral envelopes and the end by a newer owner, as the relay sends them by itself.
  package let pushes: RelayPushes
  /// How long a request waits for its answer, on top of what a `Fetch` is told to wait.
  package let timeLimit: Duration

  private let channel: any Channel
  private let handler: NIOLoopBound<RelayFrameHandler>

  private init(
    hello: RelayHello, pushes: RelayPushes, timeLimit: Duration, channel: any Channel,
    handler: NIOLoopBound<RelayFrameHandler>
  ) {
    self.hello = hello
    self.pushes = pushes
    self.timeLimit = timeLimit
    self.channel = channel
    self.handler = handler
  }

  deinit {
    // The last holder is gone: nothing can be asked or heard any more.
    channel.close(promise: nil)
  }

  /// Connects, upgrades to WebSocket and reads Hello, all within `timeLimit`.
  ///
  /// - Parameters:
  ///   - expectedRelayKey: the pinned key of the route (C1, C14); nil only where none is known yet.
  ///   - timeLimit: also the time limit of each request.
  ///   - transport: what is trusted, and the proxy to go through.
  /// - Throws: ``RelayClientError``: `unreachable`, `notARelay`, `unsupportedVersion`, `wrongRelayKey`, `timedOut`,
  ///   `closed`, `tls`, `proxy`, `notAllowed`, `protocolViolation`.
  package static func connect(
    to address: RelayAddress, expectedRelayKey: RelayKey?, timeLimit: Duration, transport: RelayTransport,
    on group: any EventLoopGroup
  ) async throws(RelayClientError) -> RelayConnection {
    let (pushes, source) = RelayPushes.make()
    let attempt = WebSocketAttempt(
      address: address, timeLimit: TimeAmount(timeLimit), pushes: source, transport: transport)
    let (channel, handler, hello) = try await attempt.connect(on: group)
    source.onDemand { channel.eventLoop.execute { handler.value.resumeReading() } }
    let connection = RelayConnection(
      hello: hello, pushes: pushes, timeLimit: timeLimit, channel: channel, handler: handler)
    guard hello.version == RelayHello.currentVersion else {
      await connection.close()
      throw .unsupportedVersion(hello.version)
    }
    if let expectedRelayKey, expectedRelayKey != hello.relayKey {
      await connection.close()
      throw .wrongRelayKey
    }
    return connection
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
    channel.eventLoop.execute { [handler] in handler.value.close() }
    // Closing: however the socket ended, it has.
    try? await channel.closeFuture.get()
  }

  /// Whether the connection has not ended yet, as far as this side knows.
  package var isOpen: Bool { channel.isActive }

  /// Returns once the connection has ended, by whichever side.
  package func closed() async {
    // An ended connection is what was waited for.
    try? await channel.closeFuture.get()
  }

  /// Sends `command` and waits for its answer; a refusal is thrown.
  func request(_ command: ClientCommand, waitingLonger: Duration = .zero) async throws(RelayClientError) -> RelayEvent {
    let deadline = NIODeadline.now() + TimeAmount(timeLimit + waitingLonger)
    let ticket = RequestTicket()
    let (loop, handler) = (channel.eventLoop, handler)
    let result: Result<RelayEvent, RelayClientError> = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        loop.execute {
          guard !ticket.isCancelled else { return continuation.resume(returning: .failure(.cancelled)) }
          let id = handler.value.send(command, deadline: deadline) { continuation.resume(returning: $0) }
          if let id { ticket.sent(id) }
        }
      }
    } onCancel: {
      loop.execute {
        if let id = ticket.cancel() { handler.value.cancel(id) }
      }
    }
    let event = try result.get()
    if case .refusal(let refusal) = event { throw .refused(refusal) }
    return event
  }
}

/// How far a request has come, seen from its task and from the event loop.
private final class RequestTicket: Sendable {
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
