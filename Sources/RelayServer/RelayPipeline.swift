import Ambient
import ByteLayout
import NIOCore
import NIOHTTP1
import NIOWebSocket
import RelayWire

/// Puts the handlers into a fresh connection: TLS if there is a certificate, HTTP with one way out to WebSocket, `/v1/ws`.
struct RelayPipeline: Sendable {
  /// A connection that has not sent a whole request by then is closed.
  static let requestLimit = TimeAmount.seconds(10)
  /// Answers wait in the connection up to here before reading and pages pause …
  static let highWatermark = 256 * 1_024
  /// … and go on when no more than this is left.
  static let lowWatermark = 64 * 1_024

  let services: RelayChannelHandler.Services
  let randomness: any PublicRandomness
  let certificate: ServerCertificate?

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
          try channel.pipeline.syncOperations.addHandler(makeHandler())
        }
      })
    let configuration = NIOUpgradableHTTPServerPipelineConfiguration(
      upgradeConfiguration: NIOTypedHTTPServerUpgradeConfiguration<Void>(
        upgraders: [upgrader],
        notUpgradingCompletionHandler: { channel in
          channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(PlainHTTPHandler())
          }
        }))
    let operations = channel.pipeline.syncOperations
    _ = try operations.configureUpgradableHTTPServerPipeline(configuration: configuration)
    let upgradeHandler = try operations.handler(type: NIOTypedHTTPServerUpgradeHandler<Void>.self)
    try operations.addHandler(UpgradeGate(), position: .before(upgradeHandler))
  }

  private func makeHandler() -> RelayChannelHandler {
    var challenge = FixedBytes<32>()
    for (index, byte) in randomness.bytes(32).enumerated() { challenge[index] = byte }
    return RelayChannelHandler(services: services, challenge: RelayChallenge(challenge))
  }
}
