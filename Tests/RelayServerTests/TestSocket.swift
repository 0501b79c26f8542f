import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket
import ProcessSupport
import RelayWire

/// A WebSocket that sends whatever the test wants, well-formed or not, and can stop reading.
final class TestSocket: Sendable {
  let channel: any Channel
  private let reader: FrameReader

  private init(_ channel: any Channel, _ frames: AsyncStream<WebSocketFrame>) {
    self.channel = channel
    reader = FrameReader(frames)
  }

  deinit { channel.close(promise: nil) }

  static func connect(host: String = "127.0.0.1", port: Int) async throws -> TestSocket {
    let (frames, continuation) = AsyncStream<WebSocketFrame>.makeStream()
    let upgraded = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .connect(host: host, port: port) { channel in
        channel.eventLoop.makeCompletedFuture {
          let upgrader = NIOTypedWebSocketClientUpgrader<Bool>(
            maxFrameSize: 1 << 21, enableAutomaticErrorHandling: false
          ) { channel, _ in
            channel.eventLoop.makeCompletedFuture {
              try channel.pipeline.syncOperations.addHandler(FrameCollector(continuation))
              return true
            }
          }
          var configuration = NIOUpgradableHTTPClientPipelineConfiguration(
            upgradeConfiguration: NIOTypedHTTPClientUpgradeConfiguration<Bool>(
              upgradeRequestHead: HTTPRequestHead(
                version: .http1_1, method: .GET, uri: "/v1/ws", headers: ["Host": "127.0.0.1"]),
              upgraders: [upgrader],
              notUpgradingCompletionHandler: { $0.eventLoop.makeSucceededFuture(false) }))
          configuration.leftOverBytesStrategy = .forwardBytes
          return (
            channel,
            try channel.pipeline.syncOperations.configureUpgradableHTTPClientPipeline(configuration: configuration)
          )
        }
      }
    guard try await upgraded.1.get() else { throw ProcessFailure.unexpectedOutput("no upgrade") }
    return TestSocket(upgraded.0, frames)
  }

  /// Sends a frame as it is.
  func send(_ frame: WebSocketFrame) async throws { try await channel.writeAndFlush(frame) }

  /// Sends bytes past the encoder of frames.
  func sendRaw(_ bytes: [UInt8]) async throws {
    try await channel.eventLoop.flatSubmit { [channel] in
      let promise = channel.eventLoop.makePromise(of: Void.self)
      do {
        let context = try channel.pipeline.syncOperations.context(handlerType: WebSocketFrameEncoder.self)
        context.writeAndFlush(NIOAny(channel.allocator.buffer(bytes: bytes)), promise: promise)
      } catch { promise.fail(error) }
      return promise.futureResult
    }.get()
  }

  func send(_ bytes: [UInt8], opcode: WebSocketOpcode = .binary) async throws {
    try await send(
      WebSocketFrame(fin: true, opcode: opcode, maskKey: .random(), data: channel.allocator.buffer(bytes: bytes)))
  }

  func send(_ command: ClientCommand, id: UInt64) async throws {
    try await send(try FrameCodec.encode(ClientRequest(id: id, command: command)))
  }

  /// Sends the same command under several ids in one segment, as far as it fits.
  func send(_ command: ClientCommand, ids: ClosedRange<UInt64>) async throws {
    for id in ids {
      let bytes = try FrameCodec.encode(ClientRequest(id: id, command: command))
      channel.write(
        WebSocketFrame(fin: true, opcode: .binary, maskKey: .random(), data: channel.allocator.buffer(bytes: bytes)),
        promise: nil)
    }
    try await channel.eventLoop.submit { [channel] in channel.flush() }.get()
  }

  /// Asks, and returns the next frame, which must be the answer.
  func ask(_ command: ClientCommand, id: UInt64 = 1) async throws -> RelayEvent {
    try await send(command, id: id)
    let frame = try FrameCodec.decodeFrame(try await next(.binary))
    guard frame.requestID == id else { throw ProcessFailure.unexpectedOutput("request \(frame.requestID)") }
    return frame.event
  }

  /// The bytes of the next frame, which must be of this kind; pings are passed over.
  func next(_ opcode: WebSocketOpcode) async throws -> [UInt8] {
    guard let frame = await reader.next() else { throw ProcessFailure.unexpectedOutput("the end") }
    if frame.opcode == .ping { return try await next(opcode) }
    guard frame.opcode == opcode, frame.maskKey == nil else {
      throw ProcessFailure.unexpectedOutput("\(frame.opcode)")
    }
    return [UInt8](buffer: frame.data)
  }

  /// The code of the close frame that comes next.
  func closeCode() async throws -> Int {
    let bytes = try await next(.connectionClose)
    return Int(bytes[0]) << 8 | Int(bytes[1])
  }

  /// Whether nothing more comes.
  func isAtEnd() async -> Bool { await reader.next() == nil }

  func setReading(_ isReading: Bool) async throws {
    try await channel.setOption(.autoRead, value: isReading).get()
    if isReading { channel.read() }
  }
}

/// Hands the frames out one by one.
private actor FrameReader {
  private var frames: AsyncStream<WebSocketFrame>.Iterator

  init(_ frames: AsyncStream<WebSocketFrame>) { self.frames = frames.makeAsyncIterator() }

  func next() async -> WebSocketFrame? {
    var iterator = frames
    let frame = await iterator.next(isolation: self)
    frames = iterator
    return frame
  }
}

private final class FrameCollector: ChannelInboundHandler {
  typealias InboundIn = WebSocketFrame

  private let frames: AsyncStream<WebSocketFrame>.Continuation

  init(_ frames: AsyncStream<WebSocketFrame>.Continuation) { self.frames = frames }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) { frames.yield(Self.unwrapInboundIn(data)) }

  func channelInactive(context: ChannelHandlerContext) { frames.finish() }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

/// Sends raw bytes over TCP and collects what comes.
enum RawHTTP {
  /// One whole answer, or what came until the other side closed; then closes.
  static func exchange(_ text: String, port: Int) async throws -> String {
    let bytes = try await collect([UInt8](text.utf8), port: port) { isWhole($0, isHead: text.hasPrefix("HEAD ")) }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Everything until the other side closes.
  static func exchangeToEnd(_ text: String, port: Int) async throws -> String {
    String(decoding: try await collect([UInt8](text.utf8), port: port) { _ in false }, as: UTF8.self)
  }

  /// Sends bytes and no more of them, and collects everything until the other side closes.
  static func cutOff(_ bytes: [UInt8], port: Int) async throws -> [UInt8] {
    try await collect(bytes, port: port, closesOutput: true) { _ in false }
  }

  /// One request with a body, and the whole answer.
  static func request(
    _ line: String, headers: [String], body: [UInt8], port: Int
  ) async throws -> (status: Int, head: String, body: [UInt8]) {
    let head = ([line, "Host: x", "Content-Length: \(body.count)"] + headers).joined(separator: "\r\n") + "\r\n\r\n"
    let answer = try await collect([UInt8](head.utf8) + body, port: port) { isWhole($0, isHead: false) }
    guard let end = answer.firstRange(of: [UInt8]("\r\n\r\n".utf8)) else {
      throw ProcessFailure.unexpectedOutput("no answer")
    }
    let text = String(decoding: answer[..<end.lowerBound], as: UTF8.self)
    return (Int(text.dropFirst(9).prefix(3)) ?? 0, text, Array(answer[end.upperBound...]))
  }

  private static func collect(
    _ bytes: [UInt8], port: Int, closesOutput: Bool = false, until isEnough: ([UInt8]) -> Bool
  ) async throws -> [UInt8] {
    let (chunks, continuation) = AsyncStream<ByteBuffer>.makeStream()
    let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(ByteCollector(continuation))
        }
      }
      .connect(host: "127.0.0.1", port: port).get()
    defer { channel.close(promise: nil) }
    // A relay may close before it has read everything: what it said is what counts.
    channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
    if closesOutput { channel.close(mode: .output, promise: nil) }
    var answer: [UInt8] = []
    for await chunk in chunks {
      answer += chunk.readableBytesView
      if isEnough(answer) { break }
    }
    return answer
  }

  /// Whether the head and as much of a body as it names are there; what is upgraded has no end.
  private static func isWhole(_ answer: [UInt8], isHead: Bool) -> Bool {
    guard let end = answer.firstRange(of: [UInt8]("\r\n\r\n".utf8)) else { return false }
    let head = String(decoding: answer[..<end.lowerBound], as: UTF8.self).lowercased()
    guard !head.hasPrefix("http/1.1 101 ") else { return false }
    guard !isHead, let name = head.firstRange(of: "content-length: ") else { return true }
    return answer.count - end.upperBound >= Int(head[name.upperBound...].prefix(while: \.isNumber)) ?? 0
  }

  private final class ByteCollector: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let chunks: AsyncStream<ByteBuffer>.Continuation

    init(_ chunks: AsyncStream<ByteBuffer>.Continuation) { self.chunks = chunks }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { chunks.yield(Self.unwrapInboundIn(data)) }
    func channelInactive(context: ChannelHandlerContext) { chunks.finish() }
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
  }
}
