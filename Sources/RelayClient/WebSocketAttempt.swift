import NIOCore
import NIOHTTP1
import NIOWebSocket
import RelayWire

/// One attempt to make a WebSocket connection to a relay: what ``RelayDialer`` does, upgrade of `/v1/ws`, Hello.
struct WebSocketAttempt: Sendable {
  let dialer: RelayDialer
  let deadline: NIODeadline
  let pushes: RelayPushes.Source

  /// Why there is no WebSocket.
  struct Failure: Error {
    let reason: RelayClientError
    /// Something answered at the address, or at the proxy: a request that is no upgrade may fare better.
    let isReached: Bool
  }

  /// What became of the upgrade.
  private enum Outcome: Sendable {
    case upgraded(any Channel, NIOLoopBound<RelayFrameHandler>, EventLoopFuture<RelayHello>)
    case refused
  }

  func connect(on group: any EventLoopGroup) async throws(Failure) -> (link: WebSocketLink, hello: RelayHello) {
    var isReached = false
    do {
      let upgrade = try await dialer.dial(on: group, deadline: deadline, configure)
      isReached = true
      switch try await upgrade.get() {
      case .refused: throw RelayClientError.notARelay
      case .upgraded(let channel, let handler, let hello):
        return (WebSocketLink(channel: channel, handler: handler), try await hello.get())
      }
    } catch {
      throw Failure(reason: RelayDialer.failure(error, deadline: deadline), isReached: isReached)
    }
  }

  /// Puts the HTTP upgrade into a channel that leads to the relay.
  private func configure(_ channel: any Channel, _ late: Scheduled<Void>) throws -> EventLoopFuture<Outcome> {
    let upgrader = NIOTypedWebSocketClientUpgrader<Outcome>(
      maxFrameSize: WireLimits.maximumFrameByteCount, enableAutomaticErrorHandling: false
    ) { channel, _ in
      channel.eventLoop.makeCompletedFuture {
        let hello = channel.eventLoop.makePromise(of: RelayHello.self)
        hello.futureResult.whenSuccess { _ in late.cancel() }
        let handler = RelayFrameHandler(pushes: pushes, hello: hello)
        try channel.pipeline.syncOperations.addHandler(handler)
        return .upgraded(channel, NIOLoopBound(handler, eventLoop: channel.eventLoop), hello.futureResult)
      }
    }
    let headers = HTTPHeaders([("Host", dialer.address.route)])
    let configuration = NIOTypedHTTPClientUpgradeConfiguration<Outcome>(
      upgradeRequestHead: HTTPRequestHead(version: .http1_1, method: .GET, uri: "/v1/ws", headers: headers),
      upgraders: [upgrader],
      notUpgradingCompletionHandler: { channel in channel.close().map { .refused } })
    var pipeline = NIOUpgradableHTTPClientPipelineConfiguration(upgradeConfiguration: configuration)
    // Hello may come in the same segment as the answer to the upgrade.
    pipeline.leftOverBytesStrategy = .forwardBytes
    return try channel.pipeline.syncOperations.configureUpgradableHTTPClientPipeline(configuration: pipeline)
  }
}
