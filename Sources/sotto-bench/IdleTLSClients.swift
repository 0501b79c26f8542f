import NIOCore
import NIOPosix
import NIOSSL

/// WebSocket connections over TLS that put a few times and then say nothing. The relay's certificate is not looked at:
/// only its memory is.
final class IdleTLSClients {
  /// Handshakes at a time.
  private static let batch = 64

  private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
  private var channels: [any Channel] = []

  /// Connects `count` times; every connection sends `frame` `times` times, each when the one before was answered.
  func connect(_ count: Int, port: Int, sending frame: [UInt8], times: Int) async throws {
    var configuration = TLSConfiguration.makeClientConfiguration()
    configuration.certificateVerification = .none
    let context = try NIOSSLContext(configuration: configuration)
    while channels.count < count {
      var silences: [EventLoopFuture<Void>] = []
      for _ in 0..<min(Self.batch, count - channels.count) {
        let silent = group.next().makePromise(of: Void.self)
        silences.append(silent.futureResult)
        let channel = try await ClientBootstrap(group: group).channelInitializer { channel in
          channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandlers(
              NIOSSLClientHandler(context: context, serverHostname: nil),
              IdleHandler(frame: frame, times: times, silent: silent))
          }
        }.connect(host: "127.0.0.1", port: port).get()
        channels.append(channel)
      }
      for silence in silences { try await silence.get() }
    }
  }

  /// Ends every connection.
  func close() async throws {
    for channel in channels { channel.close(promise: nil) }
    try await group.shutdownGracefully()
  }
}

/// Upgrades, puts, and falls silent.
private final class IdleHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private let frame: [UInt8]
  private var left: Int
  private let silent: EventLoopPromise<Void>
  /// The answer to the upgrade, as long as it is not whole.
  private var head: [UInt8]? = []

  init(frame: [UInt8], times: Int, silent: EventLoopPromise<Void>) {
    self.frame = frame
    left = times
    self.silent = silent
  }

  func channelActive(context: ChannelHandlerContext) {
    write(LoadSocket.request, context)
    context.fireChannelActive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if let head {
      self.head = head + Array(buffer: Self.unwrapInboundIn(data))
      guard self.head?.firstRange(of: [13, 10, 13, 10]) != nil else { return }
      self.head = nil
    }
    // Whatever comes now is Hello or an answer, each a packet of its own.
    guard left > 0 else { return silent.succeed() }
    left -= 1
    write(frame, context)
  }

  func channelInactive(context: ChannelHandlerContext) { silent.fail(LoadFailure("the relay closed a connection")) }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    silent.fail(error)
    context.close(promise: nil)
  }

  private func write(_ bytes: [UInt8], _ context: ChannelHandlerContext) {
    context.writeAndFlush(Self.wrapOutboundOut(context.channel.allocator.buffer(bytes: bytes)), promise: nil)
  }
}
