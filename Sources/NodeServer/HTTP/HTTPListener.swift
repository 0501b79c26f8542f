import HTTPConnection
import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import NIOPosix
package import NodeInterface

/// The interface over HTTP/1.1 on loopback, for bearers of tokens.
package struct HTTPListener: Sendable {
  private typealias Connection = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>

  /// Bytes of a request's first line, and of one header.
  private static let headByteLimit = 8 * 1_024
  private static let headersByteLimit = 16 * 1_024
  private static let headerLimit = 64
  /// Bytes that wait for a client to read them before nothing more is written.
  private static let watermark = ChannelOptions.Types.WriteBufferWaterMark(low: 64 * 1_024, high: 256 * 1_024)

  private let listener: NIOAsyncChannel<Connection, Never>
  private let handler: Handler
  /// Where it listens, for people and programs: `http://127.0.0.1:PORT`.
  package let url: String

  /// Binds. Nobody is heard before ``serve()``.
  ///
  /// - Throws: what the system says.
  package static func bind(_ settings: HTTPSettings, dispatcher: Dispatcher) async throws -> HTTPListener {
    let counters = HTTPCounters()
    let routes = HTTPRoutes(dispatcher: dispatcher, settings: settings, counters: counters)
    let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .serverChannelOption(.backlog, value: 128)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      .childChannelOption(.writeBufferWaterMark, value: watermark)
      .bind(host: settings.host, port: settings.port) { channel in
        channel.eventLoop.makeCompletedFuture {
          guard counters.connect(most: settings.connections) else { throw ChannelError.eof }
          channel.closeFuture.whenComplete { _ in counters.disconnect() }
          return try configure(channel)
        }
      }
    return HTTPListener(
      listener: listener, handler: Handler(routes),
      url: settings.url(port: listener.channel.localAddress?.port ?? settings.port))
  }

  private static func configure(_ channel: any Channel) throws -> Connection {
    var limits = NIOHTTPDecoderLimitConfiguration()
    limits.maxHeaderFieldSize = headByteLimit
    limits.maxHeaderListSize = headersByteLimit
    limits.maxHeaderFieldCount = headerLimit
    let operations = channel.pipeline.syncOperations
    try operations.addHandlers([
      HTTPResponseEncoder(),
      ByteToMessageHandler(HTTPRequestDecoder(limitConfiguration: limits), maximumBufferSize: headByteLimit),
      HTTPServerPipelineHandler(), NIOHTTPResponseHeadersValidator(), HTTPServerProtocolErrorHandler(),
      HTTPConnectionHandler(), HTTP1ToHTTPServerCodec(secure: false),
    ])
    return try Connection(
      wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
  }

  /// Serves until the task is cancelled; then all connections end.
  ///
  /// - Throws: what the system says of the listening socket.
  package func serve() async throws {
    try await withThrowingDiscardingTaskGroup { group in
      try await listener.executeThenClose { connections in
        for try await connection in connections {
          group.addTask { [handler] in
            await withTaskCancellationHandler {
              await handler.handle(value: connection, logger: Handler.silence)
            } onCancel: {
              connection.channel.close(promise: nil)
            }
          }
        }
      }
      group.cancelAll()
    }
    try Task.checkCancellation()
  }

  /// Hummingbird's way to a connection. It is told to log nothing: its lines would name paths and readers.
  private struct Handler: HTTPChannelHandler {
    static let silence = Logger(label: "http") { _ in SwiftLogNoOpLogHandler() }

    let responder: HTTPChannelHandler.Responder

    init(_ routes: HTTPRoutes) {
      responder = { request, writer, channel in
        let response = try await routes.respond(to: request, on: channel)
        try await writer.write(response: response.head, body: response.body)
      }
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Connection> {
      channel.eventLoop.makeCompletedFuture { try HTTPListener.configure(channel) }
    }

    func handle(value: Connection, logger: Logger) async { await handleHTTP(asyncChannel: value, logger: logger) }
  }
}
