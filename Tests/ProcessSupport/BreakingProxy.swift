import NIOCore
import NIOPosix
import Synchronization

/// A proxy on loopback in front of a relay that does with WebSockets, and with plain requests, as it is told.
package final class BreakingProxy: Sendable {
  /// What becomes of a connection that begins with the wish to upgrade.
  package enum WebSockets: Sendable {
    case pass
    /// 403 and no word to the relay.
    case refuse
    /// Nothing comes back, ever.
    case swallow
    /// Cut once so many bytes have come from the relay.
    case cut(after: Int)
  }

  private struct State {
    var mode: WebSockets
    var swallowsRequests = false
    var upgraded: [ObjectIdentifier: any Channel] = [:]
    var count = 0
  }

  private let state: Mutex<State>
  private let relayPort: Int
  private let listener = Mutex<(any Channel)?>(nil)

  private init(relayPort: Int, mode: WebSockets) {
    state = Mutex(State(mode: mode))
    self.relayPort = relayPort
  }

  deinit { listener.withLock { $0 }?.close(promise: nil) }

  package static func start(before relayPort: Int, webSockets mode: WebSockets) async throws -> BreakingProxy {
    let proxy = BreakingProxy(relayPort: relayPort, mode: mode)
    let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelInitializer { [weak proxy] channel in
        channel.eventLoop.makeCompletedFuture {
          guard let proxy else { throw ChannelError.eof }
          try channel.pipeline.syncOperations.addHandler(FirstBytes(proxy))
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    proxy.listener.withLock { $0 = channel }
    return proxy
  }

  /// Where it listens.
  package var port: Int { listener.withLock { $0?.localAddress?.port } ?? 0 }

  /// How many connections wished to upgrade.
  package var upgrades: Int { state.withLock { $0.count } }

  /// Whether plain requests, such as those with files, get no answer ever; those that stand go on.
  package func swallowRequests(_ swallows: Bool) { state.withLock { $0.swallowsRequests = swallows } }

  /// Changes what becomes of WebSockets, and cuts those that stand unless they may pass.
  package func set(_ mode: WebSockets) {
    let standing = state.withLock { state in
      state.mode = mode
      if case .pass = mode { return [any Channel]() }
      defer { state.upgraded = [:] }
      return Array(state.upgraded.values)
    }
    for channel in standing { channel.close(promise: nil) }
  }

  fileprivate func begin(_ channel: any Channel, isUpgrade: Bool) -> WebSockets {
    state.withLock { state in
      guard isUpgrade else { return state.swallowsRequests ? .swallow : .pass }
      state.count += 1
      state.upgraded[ObjectIdentifier(channel)] = channel
      return state.mode
    }
  }

  fileprivate func connect(_ client: any Channel, cutAfter limit: Int?) -> EventLoopFuture<any Channel> {
    ClientBootstrap(group: client.eventLoop)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(Forward(to: client, limit: limit))
        }
      }
      .connect(host: "127.0.0.1", port: relayPort)
  }
}

/// Waits for the head of the first request, and decides.
private final class FirstBytes: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer

  private let proxy: BreakingProxy
  private var buffer = ByteBuffer()
  private var isDecided = false

  init(_ proxy: BreakingProxy) { self.proxy = proxy }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    var bytes = Self.unwrapInboundIn(data)
    buffer.writeBuffer(&bytes)
    let text = String(buffer: buffer).lowercased()
    guard !isDecided, text.contains("\r\n\r\n") else { return }
    isDecided = true
    let channel = context.channel
    let limit: Int?
    switch proxy.begin(channel, isUpgrade: text.contains("upgrade: websocket")) {
    case .swallow: return
    case .refuse:
      let answer = ByteBuffer(string: "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
      channel.writeAndFlush(answer).whenComplete { _ in channel.close(promise: nil) }
      return
    case .pass: limit = nil
    case .cut(let after): limit = after
    }
    proxy.connect(channel, cutAfter: limit).assumeIsolated().whenComplete { [self] result in
      guard case .success(let relay) = result else { return channel.close(promise: nil) }
      relay.writeAndFlush(buffer, promise: nil)
      // The rest goes straight on; what comes while the handlers change places waits in neither.
      let operations = channel.pipeline.syncOperations
      do { try operations.addHandler(Forward(to: relay, limit: nil)) } catch { return channel.close(promise: nil) }
      operations.removeHandler(self, promise: nil)
    }
  }
}

/// Passes bytes on, up to a limit, and the end.
private final class Forward: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  private let other: any Channel
  private var left: Int?

  init(to other: any Channel, limit: Int?) {
    self.other = other
    left = limit
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let bytes = Self.unwrapInboundIn(data)
    if let left {
      self.left = left - bytes.readableBytes
      guard left > bytes.readableBytes else {
        other.close(promise: nil)
        return context.close(promise: nil)
      }
    }
    other.writeAndFlush(bytes, promise: nil)
  }

  func channelInactive(context: ChannelHandlerContext) { other.close(promise: nil) }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
