import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import RelayBlobs

/// What a relay answers over HTTP, path by path.
struct RelayRouter: Sendable {
  private let responder: RouterResponder<RelayRequestContext>

  /// - Parameter blobs: where files are kept; nil: nowhere, and their paths are not there.
  init(sessions: HTTPSessions, metrics: RelayMetrics, blobs: BlobStore?, frames: PartialFrames) {
    let routes = RelayRoutes()
    if let blobs {
      let disk = BlobDisk()
      UploadRoutes(store: blobs, disk: disk).add(to: routes)
      BlobRoutes(store: blobs, disk: disk).add(to: routes)
    }
    routes.on("/healthz", [.get: { _, _ in Response(status: .ok, text: "ok") }])
    routes.on(
      "/readyz",
      [
        .get: { _, _ in
          if let problem = metrics.problem {
            throw HTTPRefusal(.serviceUnavailable, problem, headers: [.retryAfter: "5"])
          }
          return Response(status: .ok, text: "ready")
        }
      ])
    // A perfect request never comes here (UpgradeGate).
    let upgrade = HTTPRefusal(
      .upgradeRequired, "This is a Sotto relay: it speaks WebSocket here (RFC 6455, version 13).",
      headers: [.connection: "upgrade", .upgrade: "websocket", .secWebSocketVersion: "13"])
    routes.onAny("/v1/ws") { _, _ in throw upgrade }
    RPCRoute(sessions: sessions, frames: frames).register(in: routes)
    responder = routes.responder
  }

  /// Answers a request.
  ///
  /// - Throws: what ends the connection without an answer: the request was cut off, or is not HTTP.
  func respond(to request: Request, from channel: any Channel, logger: Logger) async throws -> Response {
    let context = RelayRequestContext(source: .init(channel: channel, logger: logger))
    return try await responder.respond(to: request, context: context)
  }
}
