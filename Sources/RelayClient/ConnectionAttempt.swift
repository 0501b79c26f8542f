import NIOCore
import RelayWire

/// One attempt to connect, by the transport that the relay's ``TransportPolicy`` names, and by the other where the first
/// one was reached and refused.
struct ConnectionAttempt: Sendable {
  let address: RelayAddress
  let timeLimit: Duration
  let transport: RelayTransport
  let expectedRelayKey: RelayKey?

  private var memory: TransportMemory { transport.memory }

  func connect(on group: any EventLoopGroup) async throws(RelayClientError) -> RelayConnection {
    try transport.check(address)
    let deadline = NIODeadline.now() + TimeAmount(timeLimit)
    if memory.transport(to: address) == .longPoll {
      do throws(RelayClientError) {
        let (connection, link) = try await longPoll(on: group, deadline: deadline)
        tryWebSockets(beside: link, connection.hello.relayKey, on: group)
        return connection
      } catch {
        memory.note(address) { policy, _ in policy.longPollFailed() }
        throw error
      }
    }
    do throws(WebSocketAttempt.Failure) { return try await webSocket(on: group, deadline: deadline) } catch {
      guard error.isReached, [.notARelay, .closed, .unreachable, .timedOut].contains(error.reason) else {
        throw error.reason
      }
      guard error.reason != .timedOut else {
        // No time is left; the next attempt goes the other way.
        memory.note(address) { $0.webSocketFailed(at: $1) }
        throw error.reason
      }
      let (connection, link): (RelayConnection, LongPollLink)
      do throws(RelayClientError) { (connection, link) = try await longPoll(on: group, deadline: deadline) } catch let
        other
      {
        // What long-poll found out about the relay itself counts; that there is none over HTTP either does not.
        switch other {
        case .wrongRelayKey, .unsupportedVersion: throw other
        default: throw error.reason
        }
      }
      memory.note(address) { $0.webSocketFailed(at: $1) }
      tryWebSockets(beside: link, connection.hello.relayKey, on: group)
      return connection
    }
  }

  private func webSocket(
    on group: any EventLoopGroup, deadline: NIODeadline
  ) async throws(WebSocketAttempt.Failure) -> RelayConnection {
    let (pushes, source) = RelayPushes.make()
    let dialer = RelayDialer(address: address, transport: transport)
    let attempt = WebSocketAttempt(dialer: dialer, deadline: deadline, pushes: source)
    let (link, hello) = try await attempt.connect(on: group)
    source.onDemand { link.channel.eventLoop.execute { link.handler.value.resumeReading() } }
    let connection = RelayConnection(
      hello: hello, pushes: pushes, timeLimit: timeLimit, isWebSocket: true, link: link)
    do throws(RelayClientError) { try await check(connection) } catch {
      throw WebSocketAttempt.Failure(reason: error, isReached: false)
    }
    let begun = memory.now()
    link.whenEnded { [memory, address] wasCut in
      memory.note(address) { policy, now in
        if wasCut {
          policy.webSocketWasCut(after: now - begun, at: now)
        } else if now - begun > .seconds(1) {
          policy.webSocketLived()
        }
      }
    }
    return connection
  }

  private func longPoll(
    on group: any EventLoopGroup, deadline: NIODeadline
  ) async throws(RelayClientError) -> (RelayConnection, LongPollLink) {
    let (pushes, source) = RelayPushes.make()
    let attempt = LongPollAttempt(
      dialer: RelayDialer(address: address, transport: transport), deadline: deadline, timeLimit: timeLimit,
      pushes: source)
    let (link, hello) = try await attempt.connect(on: group.next())
    let connection = RelayConnection(
      hello: hello, pushes: pushes, timeLimit: timeLimit, isWebSocket: false, link: link)
    try await check(connection)
    return (connection, link)
  }

  /// Finds out now and then whether a WebSocket gets through by now.
  private func tryWebSockets(beside link: LongPollLink, _ key: RelayKey, on group: any EventLoopGroup) {
    link.tryWebSockets {
      // Whatever keeps it from working is the answer.
      (try? await webSocketTrial(on: group, expecting: key)) ?? false
    }
  }

  /// Whether a WebSocket gets through and carries something both ways.
  private func webSocketTrial(on group: any EventLoopGroup, expecting key: RelayKey) async throws -> Bool {
    let (pushes, source) = RelayPushes.make()
    let attempt = WebSocketAttempt(
      dialer: RelayDialer(address: address, transport: transport), deadline: .now() + TimeAmount(timeLimit),
      pushes: source)
    let (link, hello) = try await attempt.connect(on: group)
    let connection = RelayConnection(
      hello: hello, pushes: pushes, timeLimit: timeLimit, isWebSocket: true, link: link)
    let works = try await connection.info().relayKey == key && hello.relayKey == key
    await connection.close()
    return works
  }

  private func check(_ connection: RelayConnection) async throws(RelayClientError) {
    guard connection.hello.version == RelayHello.currentVersion else {
      await connection.close()
      throw .unsupportedVersion(connection.hello.version)
    }
    if let expectedRelayKey, expectedRelayKey != connection.hello.relayKey {
      await connection.close()
      throw .wrongRelayKey
    }
  }
}
