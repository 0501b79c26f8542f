import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import NIOWebSocket
import RelayWire

/// One attempt to make a WebSocket connection to a relay: TCP, the proxy if there is one, TLS where the address asks for
/// it, upgrade of `/v1/ws`, Hello.
struct WebSocketAttempt: Sendable {
  let address: RelayAddress
  let timeLimit: TimeAmount
  let pushes: RelayPushes.Source
  let transport: RelayTransport

  /// What became of the upgrade.
  private enum Outcome: Sendable {
    case upgraded(any Channel, NIOLoopBound<RelayFrameHandler>, EventLoopFuture<RelayHello>)
    case refused
  }

  typealias Connected = (channel: any Channel, handler: NIOLoopBound<RelayFrameHandler>, hello: RelayHello)

  func connect(on group: any EventLoopGroup) async throws(RelayClientError) -> Connected {
    try transport.check(address)
    let deadline = NIODeadline.now() + timeLimit
    let (host, port) = transport.proxy.map { ($0.host, $0.port) } ?? (address.host, address.port)
    do {
      let upgrade = try await ClientBootstrap(group: group)
        .channelOption(.tcpOption(.tcp_nodelay), value: 1)
        .connectTimeout(timeLimit)
        .connect(host: host, port: port) { channel in
          channel.eventLoop.makeCompletedFuture { try begin(channel, deadline: deadline) }
        }
      switch try await upgrade.get() {
      case .refused: throw RelayClientError.notARelay
      case .upgraded(let channel, let handler, let hello): return (channel, handler, try await hello.get())
      }
    } catch let error as RelayClientError {
      // What is cut off when the time is over ended for that reason alone.
      throw [.closed, .proxy(.notSocks)].contains(error) && NIODeadline.now() >= deadline ? .timedOut : error
    } catch let error where NIODeadline.now() < deadline && Self.tlsFailure(error) != nil {
      throw .tls(Self.tlsFailure(error) ?? .handshake)
    } catch {
      // Whatever NIO reports, the caller's question is: too late, or not there at all?
      throw NIODeadline.now() >= deadline ? .timedOut : .unreachable
    }
  }

  /// Limits the time that it all may take, and goes through the proxy first if there is one.
  private func begin(_ channel: any Channel, deadline: NIODeadline) throws -> EventLoopFuture<Outcome> {
    let late = channel.eventLoop.scheduleTask(deadline: deadline) { channel.close(promise: nil) }
    channel.closeFuture.whenComplete { _ in late.cancel() }
    guard transport.isProxied else { return try configure(channel, late) }
    let established = channel.eventLoop.makePromise(of: Void.self)
    let handshake = SocksHandshake(
      destination: address, userName: SocksProxy.userName(transport.randomness), established: established)
    try channel.pipeline.syncOperations.addHandler(handshake)
    return established.futureResult.flatMapThrowing { try configure(channel, late) }.flatMap { $0 }
  }

  /// Puts TLS and the HTTP upgrade into a channel that leads to the relay.
  private func configure(_ channel: any Channel, _ late: Scheduled<Void>) throws -> EventLoopFuture<Outcome> {
    if address.protection == .tls {
      try channel.pipeline.syncOperations.addHandler(try transport.makeTLSHandler(for: address))
    }
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
    let headers = HTTPHeaders([("Host", address.route)])
    let configuration = NIOTypedHTTPClientUpgradeConfiguration<Outcome>(
      upgradeRequestHead: HTTPRequestHead(version: .http1_1, method: .GET, uri: "/v1/ws", headers: headers),
      upgraders: [upgrader],
      notUpgradingCompletionHandler: { channel in channel.close().map { .refused } })
    var pipeline = NIOUpgradableHTTPClientPipelineConfiguration(upgradeConfiguration: configuration)
    // Hello may come in the same segment as the answer to the upgrade.
    pipeline.leftOverBytesStrategy = .forwardBytes
    return try channel.pipeline.syncOperations.configureUpgradableHTTPClientPipeline(configuration: pipeline)
  }

  /// What an error of TLS means; nil for any other.
  private static func tlsFailure(_ error: any Error) -> RelayClientError.TLSFailure? {
    switch error {
    case let error as NIOSSLExtraError:
      error == .failedToValidateHostname || error == .serverHostnameImpossibleToMatch ? .wrongHost : .handshake
    case NIOSSLError.unableToValidateCertificate, NIOSSLError.noCertificateToValidate: .untrustedCertificate
    // BoringSSL's reason has no other form than its name.
    case let error as NIOSSLError where "\(error)".contains("CERTIFICATE_VERIFY_FAILED"): .untrustedCertificate
    case is NIOSSLError, is BoringSSLError: .handshake
    default: nil
    }
  }
}
