import NIOCore
import NIOWebSocket

/// Stands between a socket and its WebSocket decoder, and knows how much of a frame is there that is not whole.
///
/// Tells the handler behind when a frame takes too long, or when it has to make room for others (``PartialFrames``);
/// that one closes. A client that nobody reads from has all the time that we take. Lengths are counted as RFC 6455 §5.2
/// wants them written, in the fewest bytes.
final class FrameWatch: ChannelDuplexHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer
  typealias OutboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  /// Why a frame will not become whole; told as an inbound event.
  enum Refusal: Sendable {
    case tooSlow
    case noRoom
  }

  private let frames: PartialFrames
  private let limit: TimeAmount
  /// Bytes that came and were in no whole frame yet.
  private var partial = 0
  /// Bytes since ``deadline`` was last put off.
  private var progress = 0
  private var isCounted = false
  private var isRefused = false
  private var isReadPending = false
  private var deadline = NIODeadline.distantFuture
  private var timer: Scheduled<Void>?

  init(frames: PartialFrames, limit: TimeAmount) {
    self.frames = frames
    self.limit = limit
  }

  /// The decoder made a frame of what came. Called while ``channelRead(context:data:)`` is.
  func took(_ frame: WebSocketFrame) {
    let length = frame.length
    partial -= 2 + (length < 126 ? 0 : length < 65_536 ? 2 : 8) + (frame.maskKey == nil ? 0 : 4) + length
    // What is left belongs to a frame that has just begun.
    deadline = .distantFuture
  }

  func read(context: ChannelHandlerContext) {
    isReadPending = true
    context.read()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    // Nothing of a connection that ends is kept.
    if isRefused { return }
    let byteCount = Self.unwrapInboundIn(data).readableBytes
    partial += byteCount
    progress += byteCount
    context.fireChannelRead(data)
    guard partial > 0 else {
      deadline = .distantFuture
      return release()
    }
    if deadline == .distantFuture || progress >= ConnectionTimes.progressByteCount {
      progress = 0
      deadline = context.eventLoop.now + limit
      watch(context)
    }
    guard partial > PartialFrames.freeByteCount else { return release() }
    isCounted = true
    let (loop, bound) = (context.eventLoop, NIOLoopBound(context, eventLoop: context.eventLoop))
    let watch = NIOLoopBound(self, eventLoop: context.eventLoop)
    frames.hold(partial, by: self) { loop.execute { watch.value.refuse(.noRoom, bound.value) } }
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    isReadPending = false
    context.fireChannelReadComplete()
  }

  func channelInactive(context: ChannelHandlerContext) {
    end()
    context.fireChannelInactive()
  }

  func handlerRemoved(context: ChannelHandlerContext) { end() }

  private func end() {
    deadline = .distantFuture
    timer?.cancel()
    release()
  }

  private func release() {
    guard isCounted else { return }
    isCounted = false
    frames.release(self)
  }

  /// One timer at most: it finds out when it is due whether the frame still is late.
  private func watch(_ context: ChannelHandlerContext) {
    guard timer == nil else { return }
    timer = context.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { [self] in
      timer = nil
      guard deadline != .distantFuture else { return }
      // We did not read: the client had no chance.
      if !isReadPending { deadline = context.eventLoop.now + limit }
      if context.eventLoop.now < deadline { return watch(context) }
      refuse(.tooSlow, context)
    }
  }

  private func refuse(_ refusal: Refusal, _ context: ChannelHandlerContext) {
    guard !isRefused else { return }
    isRefused = true
    release()
    context.fireUserInboundEventTriggered(refusal)
  }
}
