package import NIOCore
package import NIOHTTP1

/// One HTTP/1.1 connection: how long its requests, its answers and its silence may take, and when it ends.
///
/// Judges no request. A request has to be whole in ``requestLimit``, and each ``progressByteCount`` of its body give it as
/// much again, so that a large body may take long and a slow one may not. While nobody here reads, a client's silence is
/// our own doing. An answer that comes before its request is whole is the last one of the connection, and a request that
/// is cut off ends in ``TruncatedRequest``, never as if it were whole.
package final class HTTPConnectionHandler: ChannelDuplexHandler, RemovableChannelHandler {
  package typealias InboundIn = HTTPServerRequestPart
  package typealias InboundOut = HTTPServerRequestPart
  package typealias OutboundIn = HTTPServerResponsePart
  package typealias OutboundOut = HTTPServerResponsePart

  /// For a request, or the next part of its body.
  package static let requestLimit = TimeAmount.seconds(10)
  /// The part of a body that must come in each ``requestLimit``.
  package static let progressByteCount = 16 * 1_024
  /// For the head of the next request on a connection.
  package static let idleLimit = TimeAmount.seconds(60)
  /// For a client to read what fills its connection.
  package static let writingLimit = TimeAmount.seconds(60)
  /// For a client to close after the last answer.
  package static let closingLimit = TimeAmount.seconds(1)

  /// What counts against the client now.
  private enum Limit: Equatable {
    /// The next request is to come.
    case idle
    /// The rest of a request is to come.
    case request
    /// The client is to read.
    case writing
    /// The client is to close.
    case closing
    /// Nothing: the answer is ours to give.
    case none
  }

  private var isReceiving = false
  private var isAnswering = false
  private var endsAfterAnswer = false
  private var isClosing = false
  /// Bytes of the body since the limit was last put off.
  private var progress = 0
  private var isReadPending = false
  private var limit = Limit.none
  private var deadline = NIODeadline.distantFuture
  private var timer: Scheduled<Void>?
  private var timerDeadline = NIODeadline.distantFuture

  package init() {}

  package func handlerAdded(context: ChannelHandlerContext) { judge(context) }

  package func handlerRemoved(context: ChannelHandlerContext) { timer?.cancel() }

  // MARK: Requests

  package func read(context: ChannelHandlerContext) {
    isReadPending = true
    context.read()
  }

  package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch Self.unwrapInboundIn(data) {
    case .head(let head):
      (isReceiving, isAnswering, progress) = (true, true, 0)
      endsAfterAnswer = endsAfterAnswer || !head.isKeepAlive
      judge(context)
      if head.version == .http1_1, head.headers["Expect"].contains(where: { $0.lowercased() == "100-continue" }) {
        let head = HTTPResponseHead(version: .http1_1, status: .continue)
        context.writeAndFlush(Self.wrapOutboundOut(.head(head)), promise: nil)
      }
    case .body(let bytes):
      progress += bytes.readableBytes
      if limit == .request, progress >= Self.progressByteCount {
        progress = 0
        deadline = context.eventLoop.now + Self.requestLimit
      }
    case .end:
      isReceiving = false
      judge(context)
    }
    context.fireChannelRead(data)
  }

  package func channelReadComplete(context: ChannelHandlerContext) {
    isReadPending = false
    context.fireChannelReadComplete()
  }

  // MARK: Answers

  package func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    switch Self.unwrapOutboundIn(data) {
    case .head(var head):
      endsAfterAnswer = endsAfterAnswer || isReceiving
      if endsAfterAnswer {
        let others = head.headers["Connection"].filter { $0.lowercased() != "close" }
        head.headers.replaceOrAdd(name: "Connection", value: (["close"] + others).joined(separator: ", "))
      }
      context.write(Self.wrapOutboundOut(.head(head)), promise: promise)
    case .body:
      context.write(data, promise: promise)
    case .end:
      isAnswering = false
      guard endsAfterAnswer else {
        context.write(data, promise: promise)
        return judge(context)
      }
      isClosing = true
      context.writeAndFlush(data, promise: promise)
      judge(context)
      context.close(mode: .output, promise: nil)
    }
  }

  package func channelWritabilityChanged(context: ChannelHandlerContext) {
    judge(context)
    context.fireChannelWritabilityChanged()
  }

  // MARK: Endings

  /// Whatever it is, the connection is of no more use; what the decoder could not read has its 400 by now.
  package func errorCaught(context: ChannelHandlerContext, error: any Error) {
    tellTruncated(context)
    context.close(promise: nil)
  }

  package func channelInactive(context: ChannelHandlerContext) {
    timer?.cancel()
    tellTruncated(context)
    context.fireChannelInactive()
  }

  private func tellTruncated(_ context: ChannelHandlerContext) {
    guard isReceiving else { return }
    isReceiving = false
    context.fireErrorCaught(TruncatedRequest())
  }

  // MARK: Time

  /// Finds out what counts against the client now, and since when.
  private func judge(_ context: ChannelHandlerContext) {
    let now: (Limit, TimeAmount) =
      if isClosing { (.closing, Self.closingLimit) } else if isAnswering && !context.channel.isWritable {
        (.writing, Self.writingLimit)
      } else if isReceiving { (.request, Self.requestLimit) } else if isAnswering { (.none, .zero) } else {
        (.idle, Self.idleLimit)
      }
    guard now.0 != limit else { return }
    limit = now.0
    deadline = limit == .none ? .distantFuture : context.eventLoop.now + now.1
    watch(context)
  }

  private func watch(_ context: ChannelHandlerContext) {
    guard deadline != .distantFuture, deadline < timerDeadline else { return }
    timer?.cancel()
    timerDeadline = deadline
    timer = context.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { [self] in
      timerDeadline = .distantFuture
      // We did not read: the client had no chance.
      if limit == .request, !isReadPending { deadline = context.eventLoop.now + Self.requestLimit }
      if context.eventLoop.now >= deadline { return context.close(promise: nil) }
      watch(context)
    }
  }
}

/// The connection ended before the request did.
package struct TruncatedRequest: Error {}
