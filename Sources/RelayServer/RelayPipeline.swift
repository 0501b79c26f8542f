import Ambient
import ByteLayout
import NIOCore
import NIOHTTP1
import NIOWebSocket
import RelayWire

/// Puts the handlers into a fresh connection: TLS if there is a certificate, HTTP with one way out to WebSocket, `/v1/ws`.
struct RelayPipeline: Sendable {
  /// A connection that has not sent the head of a request by then is closed; ``HTTPConnectionHandler`` sees to the rest.
  static let requestLimit = TimeAmount.seconds(10)
  /// Bytes of a request's first line, and of one header.
  static let headByteLimit = 8 * 1_024
  /// Bytes of all headers of a request.
  static let headersByteLimit = 16 * 1_024
  /// Headers of a request.
  static let headerLimit = 64
  /// Answers wait in the connection up to here before reading and pages pause …
  static let highWatermark = 256 * 1_024
  /// … and go on when no more than this is left.
  static let lowWatermark = 64 * 1_024

  let services: RelaySession.Services
  let http: HTTPConnections
  let randomness: any PublicRandomness
  let certificate: ServerCertificate?
  let frames: PartialFrames
  let times: ConnectionTimes

  func configure(_ channel: any Channel) throws {
    let late = channel.eventLoop.scheduleTask(in: Self.requestLimit) { channel.close(promise: nil) }
    channel.closeFuture.whenComplete { _ in late.cancel() }
    if let certificate { try channel.pipeline.syncOperations.addHandler(certificate.makeHandler()) }
    let upgrader = NIOTypedWebSocketServerUpgrader<Void>(
      maxFrameSize: WireLimits.maximumFrameByteCount, enableAutomaticErrorHandling: false,
      // The gate has judged the request already.
      shouldUpgrade: { channel, _ in channel.eventLoop.makeSucceededFuture(HTTPHeaders()) },
      upgradePipelineHandler: { channel, _ in
        late.cancel()
        return channel.eventLoop.makeCompletedFuture {
          try addHandlers(channel.pipeline.syncOperations)
        }
      })
    let upgrade = NIOTypedHTTPServerUpgradeConfiguration<Void>(
      upgraders: [upgrader],
      notUpgradingCompletionHandler: { channel in
        late.cancel()
        return http.take(channel)
      })
    try configureHTTP(channel.pipeline.syncOperations, upgrade)
  }

  /// As NIO's `configureUpgradableHTTPServerPipeline` does it, but with a limit on the first line, which NIO has none for.
  private func configureHTTP(
    _ operations: ChannelPipeline.SynchronousOperations, _ upgrade: NIOTypedHTTPServerUpgradeConfiguration<Void>
  ) throws {
    var limits = NIOHTTPDecoderLimitConfiguration()
    limits.maxHeaderFieldSize = Self.headByteLimit
    limits.maxHeaderListSize = Self.headersByteLimit
    limits.maxHeaderFieldCount = Self.headerLimit
    let encoder = HTTPResponseEncoder()
    let decoder = ByteToMessageHandler(
      HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: limits),
      maximumBufferSize: Self.headByteLimit)
    let pipelining = HTTPServerPipelineHandler()
    let validator = NIOHTTPResponseHeadersValidator()
    let protocolErrors = HTTPServerProtocolErrorHandler()
    try operations.addHandlers([encoder, decoder, EarlyEnding(), pipelining, validator, protocolErrors, UpgradeGate()])
    try operations.addHandler(
      NIOTypedHTTPServerUpgradeHandler<Void>(
        httpEncoder: encoder, extraHTTPHandlers: [decoder, pipelining, validator, protocolErrors],
        upgradeConfiguration: upgrade))
  }

  private func addHandlers(_ operations: ChannelPipeline.SynchronousOperations) throws {
    let watch = FrameWatch(frames: frames, limit: times.frameLimit)
    let decoder = try operations.handler(type: ByteToMessageHandler<WebSocketFrameDecoder>.self)
    try operations.addHandler(watch, position: .before(decoder))
    try operations.addHandler(
      RelayChannelHandler(
        services: services, challenge: RelayChallenge(random: randomness), times: times, frameWatch: watch))
  }
}

extension RelayChallenge {
  /// 32 fresh bytes.
  init(random randomness: some PublicRandomness) {
    var bytes = FixedBytes<32>()
    for (index, byte) in randomness.bytes(32).enumerated() { bytes[index] = byte }
    self.init(bytes)
  }
}
