import NIOCore
import NIOWebSocket
import RelayWire

/// The client's end of one WebSocket: binary frames in and out, requests matched with answers, pushes handed on.
///
/// Confined to its event loop. Reading pauses while the pushes are not consumed, so nothing is buffered without limit.
final class RelayFrameHandler: ChannelDuplexHandler {
  typealias InboundIn = WebSocketFrame
  typealias OutboundIn = Never
  typealias OutboundOut = WebSocketFrame

  /// Told once how a request ended.
  typealias Waiter = @Sendable (Result<RelayEvent, RelayClientError>) -> Void

  /// The relay says something at least every 30 s (a ping); after this silence the connection counts as dead.
  static let silenceLimit = TimeAmount.seconds(75)

  private let pushes: RelayPushes.Source
  private let hello: EventLoopPromise<RelayHello>
  private var requests = RequestTable<Waiter, NIODeadline>()
  private var context: ChannelHandlerContext?
  /// Why nothing more can be sent, once that is so.
  private var failure: RelayClientError?
  private var gotHello = false
  /// Whether either side has said that the connection ends.
  private(set) var isClosing = false
  private var flushIsDue = false
  private var nextSweep: NIODeadline?
  private var lastHeard = NIODeadline.now()
  private var consumerIsFull = false
  private var readIsDue = false

  init(pushes: RelayPushes.Source, hello: EventLoopPromise<RelayHello>) {
    self.pushes = pushes
    self.hello = hello
  }

  // MARK: Requests

  /// Sends `command` and tells `waiter` the answer, or why there is none.
  ///
  /// - Returns: the request's id, for ``cancel(_:)``; nil if the waiter has been told already.
  func send(_ command: ClientCommand, deadline: NIODeadline, waiter: @escaping Waiter) -> UInt64? {
    guard failure == nil, !isClosing, let context else {
      waiter(.failure(failure ?? .closed))
      return nil
    }
    let id = requests.makeID()
    let bytes: [UInt8]
    do throws(WireError) { bytes = try FrameCodec.encode(ClientRequest(id: id, command: command)) } catch {
      waiter(.failure(.tooLarge))
      return nil
    }
    requests.add(waiter, id: id, deadline: deadline)
    write(.binary, context.channel.allocator.buffer(bytes: bytes), context)
    sweep(at: deadline, context)
    return id
  }

  /// Stops waiting for the answer of request `id`; the answer is dropped when it comes.
  func cancel(_ id: UInt64) { requests.take(id)?(.failure(.cancelled)) }

  /// Ends the connection in order: a close frame, then the relay's, then the socket.
  func close(inOrder: Bool = true) {
    guard let context, !isClosing, failure == nil else { return }
    guard inOrder else {
      isClosing = true
      return context.close(promise: nil)
    }
    sendClose(.normalClosure, context)
    fail(.closed)
    let channel = context.channel
    // The relay closes the socket when it has answered; one that does not is left alone after a while.
    context.eventLoop.scheduleTask(in: .seconds(2)) { channel.close(promise: nil) }
  }

  // MARK: Reading

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }

  func handlerRemoved(context: ChannelHandlerContext) {
    self.context = nil
    fail(.closed)
  }

  func read(context: ChannelHandlerContext) {
    if consumerIsFull { readIsDue = true } else { context.read() }
  }

  /// The consumer of the pushes has room again.
  func resumeReading() {
    consumerIsFull = false
    guard readIsDue else { return }
    readIsDue = false
    context?.read()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    lastHeard = .now()
    let frame = Self.unwrapInboundIn(data)
    switch frame.opcode {
    case .binary:
      guard frame.fin else { return violated(.unexpectedFrame, context) }
      receive(frame.unmaskedData, context)
    case .ping:
      write(.pong, frame.unmaskedData, context)
    case .pong:
      break
    case .connectionClose:
      if !isClosing { sendClose(.normalClosure, context) }
      fail(.closed)
      context.close(promise: nil)
    default:
      violated(.unexpectedFrame, context)
    }
  }

  private func receive(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
    guard failure == nil else { return }
    let frame: RelayFrame
    do throws(WireError) { frame = try FrameCodec.decodeFrame([UInt8](buffer: bytes)) } catch {
      // Something of a later version is passed over; a request that it answered ends by its time limit.
      return error == .nothingKnown ? () : violated(.malformedFrame, context)
    }
    guard frame.requestID == 0 else { return answer(frame, context) }
    switch frame.event {
    case .hello(let greeting):
      guard !gotHello else { return violated(.unexpectedFrame, context) }
      gotHello = true
      hello.succeed(greeting)
      watch(context)
    case .page(let page): push(.page(page), context)
    case .ephemeral(let delivery): push(.ephemeral(delivery), context)
    case .fencedOut(let mailbox): push(.fencedOut(mailbox), context)
    default: violated(.unexpectedFrame, context)
    }
  }

  private func push(_ push: RelayPush, _ context: ChannelHandlerContext) {
    guard gotHello else { return violated(.noHello, context) }
    if case .stopProducing = pushes.yield(push) { consumerIsFull = true }
  }

  private func answer(_ frame: RelayFrame, _ context: ChannelHandlerContext) {
    guard gotHello else { return violated(.noHello, context) }
    guard requests.wasIssued(frame.requestID) else { return violated(.unknownRequest, context) }
    // An answer that came after its time limit has no waiter any more.
    requests.take(frame.requestID)?(.success(frame.event))
  }

  // MARK: Endings

  func channelInactive(context: ChannelHandlerContext) {
    fail(.closed)
    context.fireChannelInactive()
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case .some(.inputClosed) = event as? ChannelEvent {
      fail(.closed)
      context.close(promise: nil)
    }
    context.fireUserInboundEventTriggered(event)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    if error is NIOWebSocketError { return violated(.malformedFrame, context) }
    fail(.closed)
    context.close(promise: nil)
  }

  private func violated(_ violation: RelayClientError.Violation, _ context: ChannelHandlerContext) {
    fail(.protocolViolation(violation))
    sendClose(.protocolError, context)
    context.close(promise: nil)
  }

  /// Tells everyone who waits, once.
  private func fail(_ error: RelayClientError) {
    guard failure == nil else { return }
    failure = error
    hello.fail(error)
    for waiter in requests.takeAll() { waiter(.failure(error)) }
    pushes.finish()
    // Nothing is kept of what still comes: it is only read to see the end.
    resumeReading()
  }

  // MARK: Time

  /// Makes sure that overdue requests are looked for at `deadline` at the latest.
  private func sweep(at deadline: NIODeadline, _ context: ChannelHandlerContext) {
    if let nextSweep, nextSweep <= deadline { return }
    nextSweep = deadline
    context.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { [self] in
      guard failure == nil, nextSweep == deadline else { return }
      nextSweep = nil
      for waiter in requests.takeOverdue(at: deadline) { waiter(.failure(.timedOut)) }
      if let next = requests.earliestDeadline, let context = self.context { sweep(at: next, context) }
    }
  }

  /// Ends a connection on which nothing was heard for too long, unless it is we who do not read.
  private func watch(_ context: ChannelHandlerContext) {
    context.eventLoop.assumeIsolated().scheduleTask(deadline: lastHeard + Self.silenceLimit) { [self] in
      guard failure == nil, let context = self.context else { return }
      if consumerIsFull { lastHeard = .now() }
      guard lastHeard + Self.silenceLimit > .now() else {
        fail(.timedOut)
        return context.close(promise: nil)
      }
      watch(context)
    }
  }

  // MARK: Writing

  private func sendClose(_ code: WebSocketErrorCode, _ context: ChannelHandlerContext) {
    isClosing = true
    var data = context.channel.allocator.buffer(capacity: 2)
    data.write(webSocketErrorCode: code)
    context.writeAndFlush(
      Self.wrapOutboundOut(WebSocketFrame(fin: true, opcode: .connectionClose, maskKey: .random(), data: data)),
      promise: nil)
  }

  /// Writes a frame; what is written in one turn of the loop leaves in one flush.
  private func write(_ opcode: WebSocketOpcode, _ data: ByteBuffer, _ context: ChannelHandlerContext) {
    context.write(
      Self.wrapOutboundOut(WebSocketFrame(fin: true, opcode: opcode, maskKey: .random(), data: data)), promise: nil)
    guard !flushIsDue else { return }
    flushIsDue = true
    context.eventLoop.assumeIsolated().execute { [self] in
      flushIsDue = false
      self.context?.flush()
    }
  }
}
