import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import RelayWire

/// One HTTP/1.1 request on a connection of its own, with bodies that wait for who reads and writes them.
///
/// A connection for each, so that a cut costs one request only; through a proxy each has a circuit of its own.
struct BlobExchange: Sendable {
  /// Writes the body of a request, one piece after the other.
  struct Writer {
    fileprivate let outbound: NIOAsyncChannelOutboundWriter<HTTPClientRequestPart>
    fileprivate let eventLoop: any EventLoop

    /// Returns when the connection has the piece; waits as long as it holds more than its watermark.
    func write(_ bytes: ByteBuffer) async throws {
      try await outbound.write(.body(.byteBuffer(bytes)))
      // Only from the event loop does the writer hear that the relay does not keep up; until then it takes everything.
      try await eventLoop.submit {}.get()
    }
  }

  typealias Connection = NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>

  let address: RelayAddress
  let transport: RelayTransport
  /// For the connection, and for the next bytes of an answer or of a request to be taken.
  let timeLimit: TimeAmount

  /// Sends a request and takes its answer.
  ///
  /// - Parameters:
  ///   - send: writes the body, if the headers announce one.
  ///   - receive: gets the body of an answer with one of these statuses, piece by piece; any other body is not looked at.
  /// - Throws: ``BlobTransferError/connection(_:)``, and what the closures throw.
  func perform(
    _ method: HTTPMethod, _ path: String, _ headers: [(String, String)],
    send: (Writer) async throws -> Void = { _ in },
    receiving statuses: Set<UInt> = [], receive: (HTTPResponseHead, ByteBuffer) async throws -> Void = { _, _ in }
  ) async throws -> HTTPResponseHead {
    let connection = try await connect()
    var fields = HTTPHeaders(headers)
    fields.add(name: "Host", value: address.route)
    fields.add(name: "Connection", value: "close")
    let head = HTTPRequestHead(version: .http1_1, method: method, uri: path, headers: fields)
    do {
      return try await connection.executeThenClose { inbound, outbound in
        var failure: (any Error)?
        do {
          try await outbound.write(.head(head))
          try await send(Writer(outbound: outbound, eventLoop: connection.channel.eventLoop))
          try await outbound.write(.end(nil))
        } catch let error where error is ChannelError || error is IOError {
          // A relay that refuses before it has read everything says why, and then closes.
          failure = error
        }
        var answer: HTTPResponseHead?
        var isWhole = false
        for try await part in inbound {
          switch part {
          case .head(let head): answer = head
          case .body(let bytes):
            if let answer, statuses.contains(answer.status.code) { try await receive(answer, bytes) }
          case .end: isWhole = true
          }
          if isWhole { break }
        }
        guard let answer, isWhole else { throw failure ?? BlobTransferError.connection(.closed) }
        return answer
      }
    } catch let error as BlobTransferError {
      throw error
    } catch let error
      where error is ChannelError || error is IOError || error is HTTPParserError || error is NIOSSLError
    {
      throw BlobTransferError.connection(.closed)
    }
  }

  private func connect() async throws -> Connection {
    do throws(RelayClientError) { try transport.check(address) } catch { throw BlobTransferError.connection(error) }
    let (host, port) = transport.proxy.map { ($0.host, $0.port) } ?? (address.host, address.port)
    do {
      return try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .channelOption(.tcpOption(.tcp_nodelay), value: 1)
        .connectTimeout(timeLimit)
        .connect(host: host, port: port) { channel in
          channel.eventLoop.makeCompletedFuture { try begin(channel) }
        }.get()
    } catch let error as RelayClientError {
      throw BlobTransferError.connection(error)
    } catch { throw BlobTransferError.connection(.unreachable) }
  }

  private func begin(_ channel: any Channel) throws -> EventLoopFuture<Connection> {
    try channel.pipeline.syncOperations.addHandlers([IdleStateHandler(allTimeout: timeLimit), ClosesWhenIdle()])
    guard transport.isProxied else { return channel.eventLoop.makeCompletedFuture { try configure(channel) } }
    let established = channel.eventLoop.makePromise(of: Void.self)
    let handshake = SocksHandshake(
      destination: address, userName: SocksProxy.userName(transport.randomness), established: established)
    try channel.pipeline.syncOperations.addHandler(handshake)
    return established.futureResult.flatMapThrowing { try configure(channel) }
  }

  private func configure(_ channel: any Channel) throws -> Connection {
    if address.protection == .tls {
      try channel.pipeline.syncOperations.addHandler(try transport.makeTLSHandler(for: address))
    }
    try channel.pipeline.syncOperations.addHTTPClientHandlers()
    return try Connection(wrappingChannelSynchronously: channel)
  }
}

/// Ends a connection on which nothing has moved for too long.
private final class ClosesWhenIdle: ChannelInboundHandler {
  typealias InboundIn = Any

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if event is IdleStateHandler.IdleStateEvent { context.close(promise: nil) }
    context.fireUserInboundEventTriggered(event)
  }
}
