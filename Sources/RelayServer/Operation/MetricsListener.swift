import NIOCore
import NIOHTTP1
import NIOPosix

/// The second, small HTTP server that tells numbers: `GET /metrics` and nothing else. Never on the relay's own address.
struct MetricsListener: Sendable {
  private let channel: any Channel
  private let file: ListeningSocketFile?

  /// Scrapers that may be connected at a time.
  private static let maximumConnections = 16

  /// - Parameter text: what is answered, made anew for each request.
  static func start(_ address: ListenAddress, text: @escaping @Sendable () -> String) async throws -> MetricsListener {
    let connections = ConnectionLimit(maximum: maximumConnections)
    let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          guard connections.admit(channel) else { throw ChannelError.eof }
          let late = channel.eventLoop.scheduleTask(in: RelayPipeline.requestLimit) { channel.close(promise: nil) }
          channel.closeFuture.whenComplete { _ in late.cancel() }
          try channel.pipeline.syncOperations.configureHTTPServerPipeline(withErrorHandling: true)
          try channel.pipeline.syncOperations.addHandler(MetricsHandler(text: text))
        }
      }
    let bound = try await address.bind(bootstrap)
    return MetricsListener(channel: bound.channel, file: bound.file)
  }

  func close() async {
    // It only listens: there is nothing to lose.
    try? await channel.close()
    file?.remove()
  }
}

/// Answers one request, then the connection closes.
private final class MetricsHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private let text: @Sendable () -> String

  init(text: @escaping @Sendable () -> String) { self.text = text }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard case .head(let head) = Self.unwrapInboundIn(data) else { return }
    let isKnown = head.method == .GET && head.uri == "/metrics"
    let body = ByteBuffer(string: isKnown ? text() : "There is nothing here.\n")
    let headers: HTTPHeaders = [
      "Content-Type": "text/plain; version=0.0.4; charset=utf-8", "Content-Length": "\(body.readableBytes)",
      "Connection": "close", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff",
    ]
    let answer = HTTPResponseHead(version: .http1_1, status: isKnown ? .ok : .notFound, headers: headers)
    context.write(Self.wrapOutboundOut(.head(answer)), promise: nil)
    context.write(Self.wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
    let channel = context.channel
    context.writeAndFlush(Self.wrapOutboundOut(.end(nil))).whenComplete { _ in channel.close(promise: nil) }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
