import NIOCore
import NIOWebSocket
import RelayCore
import RelayWire

/// The relay's end of one WebSocket: binary frames in and out around a ``RelaySession``.
///
/// Confined to its event loop; the store answers from its own threads by `execute`. What is written in one burst of
/// reads, or one turn of the loop, leaves in one flush. Nothing is buffered without limit (R7): while the client does
/// not read, or too much of it is at the store, this does not read either, and no page is fetched for it.
final class RelayChannelHandler: ChannelDuplexHandler, SessionTransport {
  typealias InboundIn = WebSocketFrame
  typealias OutboundIn = Never
  typealias OutboundOut = WebSocketFrame

  /// Requests of one connection that are at the store, at most; then reading pauses.
  static let maximumRequestsAtStore = 256
  /// Bytes of frames of one connection that are at the store, at most, give or take a frame; then reading pauses.
  static let maximumBytesAtStore = 2 << 20
  /// What the client has asked and may do.
  private let session: RelaySession
  private let times: ConnectionTimes
  private let frameWatch: FrameWatch
  private var context: ChannelHandlerContext?
  private var readIsDue = false
  private var isInReadBurst = false
  private var flushIsDue = false
  private var lastProgress = NIODeadline.now()
  private var writing = WriteProgress()
  private var ending = Ending.none

  private enum Ending {
    case none
    /// No more requests; the connection closes once the store has answered those that it has.
    case quiescing
    /// A close frame was sent.
    case closing
  }

  init(services: RelaySession.Services, challenge: RelayChallenge, times: ConnectionTimes, frameWatch: FrameWatch) {
    (self.times, self.frameWatch) = (times, frameWatch)
    session = RelaySession(services: services, challenge: challenge)
  }

  // MARK: Life

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    session.begin(on: context.eventLoop, address: AddressPrefix(context.remoteAddress), transport: self)
    send(session.machine.hello, to: 0)
    context.flush()
    watch(context)
  }

  func handlerRemoved(context: ChannelHandlerContext) { forgetEverything() }

  func channelInactive(context: ChannelHandlerContext) {
    forgetEverything()
    context.fireChannelInactive()
  }

  private func forgetEverything() {
    session.end()
    context = nil
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if event is ChannelShouldQuiesceEvent, ending == .none {
      ending = .quiescing
      closeIfQuiet()
    }
    switch event as? FrameWatch.Refusal {
    case .tooSlow: close(.policyViolation)
    case .noRoom: close(.tryAgainLater)
    case nil: break
    }
    if case .some(.inputClosed) = event as? ChannelEvent { context.close(promise: nil) }
    context.fireUserInboundEventTriggered(event)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    switch error {
    case NIOWebSocketError.invalidFrameLength: close(.messageTooLarge)
    case is NIOWebSocketError: close(.protocolError)
    // The rest of what was too long, while the client still has to read why.
    case is ByteToMessageDecoderError where ending == .closing: break
    default: context.close(promise: nil)
    }
  }

  // MARK: Reading

  func read(context: ChannelHandlerContext) {
    if mayRead { context.read() } else { readIsDue = true }
  }

  private var mayRead: Bool {
    switch ending {
    case .closing: true  // Only to see the client's close frame; everything else is dropped.
    case .quiescing: false
    case .none:
      isWritable && session.requestsAtStore < Self.maximumRequestsAtStore
        && session.bytesAtStore < Self.maximumBytesAtStore
    }
  }

  private func readIfDue() {
    guard readIsDue, mayRead else { return }
    readIsDue = false
    context?.read()
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    if context.channel.isWritable {
      lastProgress = .now()
      session.drainPages()
      readIfDue()
    }
    context.fireChannelWritabilityChanged()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    lastProgress = .now()
    isInReadBurst = true
    let frame = Self.unwrapInboundIn(data)
    frameWatch.took(frame)
    guard ending != .closing else {
      if frame.opcode == .connectionClose { context.close(promise: nil) }
      return
    }
    // RFC 6455 §5.1, §5.2: a client masks, and no extension was agreed on. Messages come in one piece.
    guard frame.maskKey != nil, frame.fin, !frame.rsv1, !frame.rsv2, !frame.rsv3 else { return close(.protocolError) }
    switch frame.opcode {
    case .binary: receive(frame.messageBytes)
    case .ping: write(.pong, frame.unmaskedData)
    case .pong: break
    case .connectionClose:
      close(.normalClosure)
      context.flush()
      context.close(promise: nil)
    case .text: close(.unacceptableData)
    default: close(.protocolError)
    }
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    session.submitBurst()
    isInReadBurst = false
    if flushIsDue {
      flushIsDue = false
      context.flush()
    }
    context.fireChannelReadComplete()
  }

  private func receive(_ bytes: [UInt8]) {
    guard isServing else { return }
    let request: ReceivedRequest
    do throws(WireError) { request = try FrameCodec.decodeRequest(bytes) } catch {
      // There is no request that a refusal could answer.
      return close(.dataInconsistentWithMessage)
    }
    session.receive(request.command, id: request.id, byteCount: bytes.count)
  }

  private func closeIfQuiet() {
    if ending == .quiescing, session.requestsAtStore == 0 { close(.goingAway) }
  }

  // MARK: The session

  var isServing: Bool { ending == .none && context != nil }

  var isWritable: Bool { context?.channel.isWritable ?? false }

  func storeAnswered() {
    closeIfQuiet()
    readIfDue()
  }

  func endedByFence() { close(.policyViolation) }

  // MARK: Writing

  func send(_ event: RelayEvent, to id: UInt64) {
    guard ending != .closing, let context else { return }
    let bytes: [UInt8]
    do throws(WireError) { bytes = try FrameCodec.encode(RelayFrame(requestID: id, event: event)) } catch {
      // Pages are cut to fit; nothing else comes near the limit.
      return close(.unexpectedServerError)
    }
    write(.binary, context.channel.allocator.buffer(bytes: bytes))
  }

  private func write(_ opcode: WebSocketOpcode, _ data: ByteBuffer) {
    guard let context else { return }
    writing.wrote(data.readableBytes)
    context.write(Self.wrapOutboundOut(WebSocketFrame(fin: true, opcode: opcode, data: data)), promise: nil)
    guard !flushIsDue else { return }
    flushIsDue = true
    if isInReadBurst { return }
    context.eventLoop.assumeIsolated().execute { [self] in
      guard flushIsDue else { return }
      flushIsDue = false
      self.context?.flush()
    }
  }

  /// Sends a close frame and lets the client answer it; then, or after a while, the socket closes.
  private func close(_ code: WebSocketErrorCode) {
    guard ending != .closing, let context else { return }
    ending = .closing
    var data = context.channel.allocator.buffer(capacity: 2)
    data.write(webSocketErrorCode: code)
    write(.connectionClose, data)
    readIfDue()
    let channel = context.channel
    context.eventLoop.scheduleTask(in: times.closingLimit) { channel.close(promise: nil) }
  }

  // MARK: Time

  /// Pings a silent client and gives up on one that does not read or answer any more. One that reads, however slowly,
  /// stays.
  private func watch(_ context: ChannelHandlerContext) {
    context.eventLoop.assumeIsolated().scheduleTask(in: times.watchInterval) { [weak self] in
      guard let self, let context = self.context else { return }
      let now = NIODeadline.now()
      // Every channel of sockets tells it.
      let waiting = (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
      switch writing.judge(waiting: waiting, now: now) {
      case .moving: lastProgress = now
      case .stalled(let since) where now - since > times.silenceLimit: return context.close(promise: nil)
      case .stalled, .idle: break
      }
      let silence = now - lastProgress
      // While we do not read, the client's silence is our own doing.
      if silence > times.silenceLimit, !readIsDue { return context.close(promise: nil) }
      if silence > times.watchInterval / 2, isWritable { write(.ping, ByteBuffer()) }
      watch(context)
    }
  }
}

extension TimeAmount {
  fileprivate static func / (left: TimeAmount, right: Int64) -> TimeAmount { .nanoseconds(left.nanoseconds / right) }
}

extension WebSocketErrorCode {
  /// 1013, of the registry of RFC 6455 §11.7.
  static let tryAgainLater = WebSocketErrorCode(codeNumber: 1_013)
}

extension WebSocketFrame {
  /// A copy of the payload, unmasked: NIO's own unmasks a copy byte by byte.
  fileprivate var messageBytes: [UInt8] {
    var bytes = [UInt8](buffer: data)
    guard let maskKey else { return bytes }
    let mask = [UInt8](maskKey)
    bytes.withUnsafeMutableBytes { bytes in
      let word = mask.withUnsafeBytes { UInt64($0.loadUnaligned(as: UInt32.self)) } &* 0x1_0000_0001
      let words = bytes.count / 8
      for index in 0..<words {
        let masked = bytes.loadUnaligned(fromByteOffset: 8 * index, as: UInt64.self)
        bytes.storeBytes(of: masked ^ word, toByteOffset: 8 * index, as: UInt64.self)
      }
      for index in (8 * words)..<bytes.count { bytes[index] ^= mask[index % 4] }
    }
    return bytes
  }
}
