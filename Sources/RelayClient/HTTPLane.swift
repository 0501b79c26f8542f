import NIOCore
import NIOHTTP1

/// One HTTP/1.1 connection to a relay: one request after the other, each with its whole answer. Confined to its event loop.
final class HTTPLane: ChannelInboundHandler {
  typealias InboundIn = HTTPClientResponsePart
  typealias OutboundOut = HTTPClientRequestPart

  /// An answer, whole.
  struct Answer: Sendable {
    let head: HTTPResponseHead
    let body: [UInt8]
  }

  /// Bytes of an answer's body, at most: a page, and small answers beside it.
  static let maximumBodyByteCount = 4 << 20

  private let host: String
  private var context: ChannelHandlerContext?
  private var waiting: EventLoopPromise<Answer>?
  private var head: HTTPResponseHead?
  private var body: [UInt8] = []

  /// - Parameter host: for the `Host` header.
  init(host: String) { self.host = host }

  /// Puts HTTP and a lane into a channel that leads to the relay.
  static func configure(_ channel: any Channel, host: String) throws -> HTTPLane {
    try channel.pipeline.syncOperations.addHTTPClientHandlers()
    let lane = HTTPLane(host: host)
    try channel.pipeline.syncOperations.addHandler(lane)
    return lane
  }

  /// Whether a request may be sent now.
  var isFree: Bool { context != nil && waiting == nil }

  /// Sends a request to `/v1/rpc` and gives its answer. One at a time.
  ///
  /// - Returns: fails when the connection ends first, or the answer is too large.
  func send(_ method: HTTPMethod, session: String?, body: [UInt8]) -> EventLoopFuture<Answer>? {
    guard let context, waiting == nil else { return nil }
    let answered = context.eventLoop.makePromise(of: Answer.self)
    waiting = answered
    var headers = HTTPHeaders([
      ("Host", host), ("Content-Type", "application/x-protobuf"), ("Content-Length", "\(body.count)"),
    ])
    if let session { headers.add(name: "Sotto-Session", value: session) }
    let head = HTTPRequestHead(version: .http1_1, method: method, uri: "/v1/rpc", headers: headers)
    context.write(Self.wrapOutboundOut(.head(head)), promise: nil)
    if !body.isEmpty {
      context.write(
        Self.wrapOutboundOut(.body(.byteBuffer(context.channel.allocator.buffer(bytes: body)))), promise: nil)
    }
    context.writeAndFlush(Self.wrapOutboundOut(.end(nil)), promise: nil)
    return answered.futureResult
  }

  /// Ends the connection; what is not answered yet fails.
  func close() { context?.close(promise: nil) }

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }

  func handlerRemoved(context: ChannelHandlerContext) { end() }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch Self.unwrapInboundIn(data) {
    case .head(let head):
      // Unasked, or again: not what we said anything to.
      guard waiting != nil, self.head == nil else { return context.close(promise: nil) }
      if !head.isInformational { self.head = head }
    case .body(let bytes):
      guard body.count + bytes.readableBytes <= Self.maximumBodyByteCount else { return context.close(promise: nil) }
      body += bytes.readableBytesView
    case .end:
      guard let head, let answered = waiting else { return }
      let answer = Answer(head: head, body: body)
      (waiting, self.head, body) = (nil, nil, [])
      if !head.isKeepAlive { end() }
      answered.succeed(answer)
      if !head.isKeepAlive { context.close(promise: nil) }
    }
  }

  func channelInactive(context: ChannelHandlerContext) {
    end()
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    end()
    context.close(promise: nil)
  }

  private func end() {
    context = nil
    waiting.take()?.fail(RelayClientError.closed)
  }
}

extension HTTPResponseHead {
  fileprivate var isInformational: Bool { (100..<200).contains(Int(status.code)) }
}
