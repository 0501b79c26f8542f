import HTTPConnection
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTPTypes
import NIOHTTPTypesHTTP1

/// Serves the connections that are no WebSockets: a task for each, by Hummingbird.
///
/// A task may outlive the one that runs the relay being cancelled, but never ``serve()``: that returns when ``finish()``
/// was called and every connection's task is over.
final class HTTPConnections: Sendable {
  typealias Connection = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>

  /// Hummingbird's way to a connection. It is told to log nothing: its lines would name paths (R8).
  private struct Handler: HTTPChannelHandler {
    let responder: HTTPChannelHandler.Responder

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Connection> {
      channel.eventLoop.makeCompletedFuture {
        let operations = channel.pipeline.syncOperations
        try operations.addHandlers([HTTPConnectionHandler(), HTTP1ToHTTPServerCodec(secure: false)])
        return try Connection(
          wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
      }
    }

    func handle(value: Connection, logger: Logger) async { await handleHTTP(asyncChannel: value, logger: logger) }
  }

  private static let silence = Logger(label: "http") { _ in SwiftLogNoOpLogHandler() }

  private let handler: Handler
  private let connections: AsyncStream<Connection>
  private let continuation: AsyncStream<Connection>.Continuation

  init(router: RelayRouter) {
    handler = Handler { request, writer, channel in
      let response = try await router.respond(to: request, from: channel, logger: Self.silence)
      try await writer.write(response: response.head, body: response.body)
    }
    // As many as there are connections, which are limited elsewhere.
    (connections, continuation) = AsyncStream.makeStream()
  }

  /// Takes a connection over whose first request is there and is no upgrade. Called on its event loop.
  func take(_ channel: any Channel) -> EventLoopFuture<Void> {
    handler.setup(channel: channel, logger: Self.silence).map { [continuation] in _ = continuation.yield($0) }
  }

  /// Serves until ``finish()``. To be called once, and not to be cancelled: a connection that is never served cannot be
  /// let go.
  func serve() async {
    await withDiscardingTaskGroup { group in
      for await connection in connections {
        group.addTask { [handler] in await handler.handle(value: connection, logger: Self.silence) }
      }
    }
  }

  /// No more connections come: all are closed.
  func finish() { continuation.finish() }
}
