import NIOCore
import NIOPosix
import NIOSSL

/// Asks a relay on this machine whether it lives, as a container's health check does.
package enum HealthProbe {
  /// - Parameter address: where the relay listens, as its own settings say; not `systemd`.
  /// - Returns: whether it answered `GET /healthz` with 200 within five seconds.
  package static func isHealthy(_ address: ListenAddress) async -> Bool {
    let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .connectTimeout(.seconds(5))
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          guard address.protection == .tls else { return }
          var configuration = TLSConfiguration.makeClientConfiguration()
          // It is this machine's own process that is asked, and nothing is told to it.
          configuration.certificateVerification = .none
          let context = try NIOSSLContext(configuration: configuration)
          try channel.pipeline.syncOperations.addHandler(NIOSSLClientHandler(context: context, serverHostname: nil))
        }
      }
    do {
      let channel: any Channel
      switch address.place {
      case .internet(let host, let port):
        let own = host == "0.0.0.0" ? "127.0.0.1" : host == "::" ? "::1" : host
        channel = try await bootstrap.connect(host: own, port: port).get()
      case .file(let path): channel = try await bootstrap.connect(unixDomainSocketPath: path).get()
      case .inherited: return false
      }
      let answer = channel.eventLoop.makePromise(of: Bool.self)
      let late = channel.eventLoop.scheduleTask(in: .seconds(5)) { channel.close(promise: nil) }
      try await channel.pipeline.addHandler(StatusLine(answer: answer)).get()
      let request = ByteBuffer(string: "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
      try await channel.writeAndFlush(request)
      let isHealthy = try await answer.futureResult.get()
      late.cancel()
      // The relay may have closed it already.
      channel.close(promise: nil)
      return isHealthy
    } catch { return false }
  }
}

/// Reads the first line of an answer.
private final class StatusLine: ChannelInboundHandler, Sendable {
  typealias InboundIn = ByteBuffer

  private let answer: EventLoopPromise<Bool>

  init(answer: EventLoopPromise<Bool>) { self.answer = answer }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    answer.succeed(String(buffer: Self.unwrapInboundIn(data)).hasPrefix("HTTP/1.1 200 "))
  }

  func channelInactive(context: ChannelHandlerContext) {
    answer.succeed(false)
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
