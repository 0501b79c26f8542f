import NIOCore

/// Asks a SOCKS 5 proxy for a connection to a host by its name (RFC 1928, RFC 1929), then leaves the pipeline.
///
/// Strict: only the method with a user name is offered and taken, because the name is what keeps circuits apart; any other
/// byte than those of the protocol, or one after them, ends the attempt. The relay never speaks first.
final class SocksHandshake: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private enum Step { case method, authentication, connection, done }

  private static let version: UInt8 = 5
  private static let userNameMethod: UInt8 = 2
  /// Of the sub-negotiation, RFC 1929.
  private static let authenticationVersion: UInt8 = 1

  private let destination: RelayAddress
  private let userName: [UInt8]
  private let established: EventLoopPromise<Void>
  private var step = Step.method
  private var received = ByteBuffer()

  /// - Parameters:
  ///   - userName: 1 … 255 bytes.
  ///   - established: succeeds when bytes go to the destination; fails with a ``RelayClientError``.
  init(destination: RelayAddress, userName: [UInt8], established: EventLoopPromise<Void>) {
    self.destination = destination
    self.userName = userName
    self.established = established
  }

  func channelActive(context: ChannelHandlerContext) {
    write([Self.version, 1, Self.userNameMethod], context)
    context.fireChannelActive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    var bytes = Self.unwrapInboundIn(data)
    received.writeBuffer(&bytes)
    do throws(RelayClientError) {
      while try advance(context) {}
    } catch { fail(error, context) }
  }

  func channelInactive(context: ChannelHandlerContext) {
    fail(.proxy(.notSocks), context)
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { fail(.unreachable, context) }

  /// Takes one answer of the proxy, if it is whole.
  private func advance(_ context: ChannelHandlerContext) throws(RelayClientError) -> Bool {
    switch step {
    case .method:
      guard let answer = received.readBytes(length: 2) else { return false }
      guard answer[0] == Self.version else { throw .proxy(.notSocks) }
      guard answer[1] == Self.userNameMethod else { throw .proxy(.noIsolation) }
      step = .authentication
      // The password means nothing, and must not be empty.
      write([Self.authenticationVersion, UInt8(userName.count)] + userName + [1, 0x30], context)
    case .authentication:
      guard let answer = received.readBytes(length: 2) else { return false }
      guard answer[0] == Self.authenticationVersion else { throw .proxy(.notSocks) }
      guard answer[1] == 0 else { throw .proxy(.noIsolation) }
      step = .connection
      let host = [UInt8](destination.host.utf8)
      let port = [UInt8(destination.port >> 8), UInt8(destination.port & 0xff)]
      // CONNECT, by name: the proxy resolves it, and nobody here is asked.
      write([Self.version, 1, 0, 3, UInt8(host.count)] + host + port, context)
    case .connection:
      guard try takeConnectAnswer() else { return false }
      guard received.readableBytes == 0 else { throw .proxy(.notSocks) }
      step = .done
      context.pipeline.syncOperations.removeHandler(self).cascade(to: established)
      return false
    case .done:
      throw .proxy(.notSocks)
    }
    return true
  }

  /// version ‖ reply ‖ 0 ‖ address type ‖ address ‖ port: what the proxy bound tells nobody anything.
  private func takeConnectAnswer() throws(RelayClientError) -> Bool {
    let start = received.readerIndex
    guard let version = received.getInteger(at: start, as: UInt8.self) else { return false }
    guard version == Self.version else { throw .proxy(.notSocks) }
    guard let reply = received.getInteger(at: start + 1, as: UInt8.self) else { return false }
    guard reply == 0 else { throw .proxy(.cannotConnect(reply: reply)) }
    guard let head = received.getBytes(at: start, length: 5) else { return false }
    guard head[2] == 0 else { throw .proxy(.notSocks) }
    let byteCount: Int
    switch head[3] {
    case 1: byteCount = 4 + 4 + 2
    case 3: byteCount = 4 + 1 + Int(head[4]) + 2
    case 4: byteCount = 4 + 16 + 2
    default: throw .proxy(.notSocks)
    }
    return received.readBytes(length: byteCount) != nil
  }

  private func fail(_ error: RelayClientError, _ context: ChannelHandlerContext) {
    guard step != .done else { return }
    step = .done
    established.fail(error)
    context.close(promise: nil)
  }

  private func write(_ bytes: [UInt8], _ context: ChannelHandlerContext) {
    context.writeAndFlush(Self.wrapOutboundOut(context.channel.allocator.buffer(bytes: bytes)), promise: nil)
  }
}
