import ByteLayout
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket
import RelayClient
import RelayWire
import Synchronization

/// A server on loopback that upgrades, says Hello and then does what the test's script says. It knows no rules.
final class ScriptedRelay: Sendable {
  /// Called on the event loop for every request.
  typealias Script = @Sendable (ReceivedRequest, Responder) -> Void

  let address: RelayAddress
  private let listener: any Channel

  /// - Parameters:
  ///   - greeting: what it sends first; nil: nothing.
  ///   - upgrades: whether it accepts the upgrade.
  static func start(
    greeting: RelayFrame? = RelayFrame(requestID: 0, event: .hello(hello)), upgrades: Bool = true,
    script: @escaping Script = { _, _ in }, connected: @escaping @Sendable (Responder) -> Void = { _ in }
  ) async throws -> ScriptedRelay {
    let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let upgrader = NIOTypedWebSocketServerUpgrader<Void>(
            maxFrameSize: 1 << 20,
            shouldUpgrade: { channel, _ in channel.eventLoop.makeSucceededFuture(HTTPHeaders()) },
            upgradePipelineHandler: { channel, _ in
              channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(
                  ScriptHandler(greeting: greeting, connected: connected, script: script))
              }
            })
          _ = try channel.pipeline.syncOperations.configureUpgradableHTTPServerPipeline(
            configuration: NIOUpgradableHTTPServerPipelineConfiguration(
              upgradeConfiguration: NIOTypedHTTPServerUpgradeConfiguration<Void>(
                upgraders: upgrades ? [upgrader] : [],
                notUpgradingCompletionHandler: { channel in
                  channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(NotHereHandler())
                  }
                })))
          // NIO's handler would leave a refused upgrade unanswered.
          if !upgrades {
            let upgradeHandler = try channel.pipeline.syncOperations.handler(
              type: NIOTypedHTTPServerUpgradeHandler<Void>.self)
            try channel.pipeline.syncOperations.addHandler(NotHereHandler(), position: .before(upgradeHandler))
          }
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    return try ScriptedRelay(listener)
  }

  /// A server that accepts connections and never says a word.
  static func mute() async throws -> ScriptedRelay {
    try ScriptedRelay(
      try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton).bind(host: "127.0.0.1", port: 0).get())
  }

  private init(_ listener: any Channel) throws {
    self.listener = listener
    address = try RelayAddress(route: "127.0.0.1:\(listener.localAddress?.port ?? 0)")
  }

  deinit { listener.close(promise: nil) }

  /// Stops listening; connections stay.
  func stop() async throws { try await listener.close() }

  static let relayKey = RelayKey(bytes(0x22))
  static let hello = RelayHello(challenge: RelayChallenge(bytes(0x11)), relayKey: relayKey)

  static func bytes<let count: Int>(_ value: UInt8) -> FixedBytes<count> {
    var bytes = FixedBytes<count>()
    for index in 0..<count { bytes[index] = value }
    return bytes
  }
}

/// What a script can do with its connection.
struct Responder: Sendable {
  let channel: any Channel

  func send(_ event: RelayEvent, to id: UInt64) {
    guard let bytes = try? FrameCodec.encode(RelayFrame(requestID: id, event: event)) else { return }
    send(bytes)
  }

  func send(_ bytes: [UInt8], opcode: WebSocketOpcode = .binary, fin: Bool = true) {
    channel.writeAndFlush(
      WebSocketFrame(fin: fin, opcode: opcode, data: channel.allocator.buffer(bytes: bytes)), promise: nil)
  }

  func close() { channel.close(promise: nil) }
}

private final class ScriptHandler: ChannelInboundHandler {
  typealias InboundIn = WebSocketFrame
  typealias OutboundOut = WebSocketFrame

  private let greeting: RelayFrame?
  private let connected: @Sendable (Responder) -> Void
  private let script: ScriptedRelay.Script

  init(
    greeting: RelayFrame?, connected: @escaping @Sendable (Responder) -> Void, script: @escaping ScriptedRelay.Script
  ) {
    self.greeting = greeting
    self.connected = connected
    self.script = script
  }

  func handlerAdded(context: ChannelHandlerContext) {
    let responder = Responder(channel: context.channel)
    if let greeting, let bytes = try? FrameCodec.encode(greeting) { responder.send(bytes) }
    connected(responder)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let frame = Self.unwrapInboundIn(data)
    context.fireUserInboundEventTriggered(frame)
    switch frame.opcode {
    case .binary:
      guard frame.maskKey != nil,
        let request = try? FrameCodec.decodeRequest([UInt8](buffer: frame.unmaskedData))
      else { return context.close(promise: nil) }
      script(request, Responder(channel: context.channel))
    case .pong: FrameLog.note("pong", of: frame)
    case .connectionClose:
      FrameLog.note("close", of: frame)
      context.writeAndFlush(
        Self.wrapOutboundOut(WebSocketFrame(fin: true, opcode: .connectionClose, data: frame.unmaskedData)),
        promise: nil)
      context.close(promise: nil)
    default: context.close(promise: nil)
    }
  }
}

/// Control frames that scripted relays got, found again by their unmasked bytes.
enum FrameLog {
  private struct Log {
    var seen: [(String, [UInt8])] = []
    var waiters: [(String, [UInt8], CheckedContinuation<Void, Never>)] = []
  }
  private static let log = Mutex(Log())

  static func note(_ kind: String, of frame: WebSocketFrame) {
    let bytes = [UInt8](buffer: frame.unmaskedData)
    log.withLock { log in
      log.seen.append((kind, bytes))
      for (index, waiter) in log.waiters.enumerated().reversed() where waiter.0 == kind && waiter.1 == bytes {
        log.waiters.remove(at: index).2.resume()
      }
    }
  }

  /// Waits until a frame of this kind with these bytes was seen.
  static func wait(_ kind: String, _ bytes: [UInt8]) async {
    await withCheckedContinuation { continuation in
      log.withLock { log in
        if log.seen.contains(where: { $0.0 == kind && $0.1 == bytes }) { return continuation.resume() }
        log.waiters.append((kind, bytes, continuation))
      }
    }
  }
}

/// Answers every request with 404.
private final class NotHereHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard case .head = Self.unwrapInboundIn(data) else { return }
    let head = HTTPResponseHead(version: .http1_1, status: .notFound, headers: ["Content-Length": "0"])
    context.write(Self.wrapOutboundOut(.head(head)), promise: nil)
    context.writeAndFlush(Self.wrapOutboundOut(.end(nil)), promise: nil)
  }
}
