import ByteLayout
import HTTPTypes
import Hummingbird
import NIOCore
import RelayWire

/// `/v1/rpc`: the WebSocket's frames in HTTP's bodies, for clients behind something that lets no WebSocket through
/// (Docs/WireFormat.md, "Frames over HTTP").
struct RPCRoute: Sendable {
  static let contentType = "application/x-protobuf"

  let sessions: HTTPSessions
  let frames: PartialFrames

  func register(in routes: RelayRoutes) {
    routes.on("/v1/rpc", [.post: { try await post($0, $1) }, .delete: { request, _ in try delete(request) }])
  }

  private func post(_ request: Request, _ context: RelayRequestContext) async throws -> Response {
    guard request.headers[values: .contentType].map({ $0.lowercased() }) == [Self.contentType] else {
      throw HTTPRefusal(.unsupportedMediaType, "The body is \(Self.contentType).")
    }
    let requests = try await requests(in: request, on: context.channel)
    guard let token = try Self.token(of: request) else {
      guard requests.isEmpty else { throw HTTPRefusal(.badRequest, "Begin a session with an empty body.") }
      let (token, hello) = try await sessions.begin(on: context.channel.eventLoop, address: context.address)
      return Self.response(hello, headers: [.sottoSession: Hexadecimal.encode(token.array)])
    }
    return Self.response(try await sessions.exchange(requests, token: token))
  }

  private func delete(_ request: Request) throws -> Response {
    guard let token = try Self.token(of: request) else { throw HTTPRefusal.noSession }
    try sessions.end(token)
    return Response(status: .noContent)
  }

  /// The token of the session; nil: the request has none. What is no token is as good as an unknown one.
  private static func token(of request: Request) throws(HTTPRefusal) -> FixedBytes<32>? {
    let values = request.headers[values: .sottoSession]
    guard let text = values.first else { return nil }
    guard values.count == 1, let bytes = try? Hexadecimal.decode(text), let token = try? FixedBytes<32>(bytes) else {
      throw .noSession
    }
    return token
  }

  /// Reads the whole body, which must be whole frames: a request that is refused here has done nothing.
  private func requests(
    in request: Request, on channel: any Channel
  ) async throws -> [(request: ReceivedRequest, byteCount: Int)] {
    let limit = DelimitedFrames.maximumRequestByteCount
    let tooLarge = HTTPRefusal(.contentTooLarge, "The body is larger than \(limit) bytes.")
    if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > limit { throw tooLarge }
    var body: [UInt8] = []
    defer { frames.release(channel) }
    for try await bytes in request.body {
      guard body.count + bytes.readableBytes <= limit else { throw tooLarge }
      body += bytes.readableBytesView
      frames.hold(body.count, by: channel) { channel.close(promise: nil) }
    }
    do throws(WireError) {
      var requests: [(request: ReceivedRequest, byteCount: Int)] = []
      for frame in try DelimitedFrames.decode(body) {
        requests.append((try FrameCodec.decodeRequest(frame), frame.count))
      }
      return requests
    } catch { throw HTTPRefusal(.badRequest, "The body is not a sequence of whole frames.") }
  }

  private static func response(_ frames: HTTPSession.Answer, headers: HTTPFields = [:]) -> Response {
    var headers = headers
    headers[.contentType] = contentType
    return Response(
      status: .ok, headers: headers,
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: DelimitedFrames.encode(frames))))
  }
}

extension HTTPField.Name {
  /// The token of a session over HTTP: 64 hexadecimal digits.
  /// The name is a valid one: the other is never taken.
  static let sottoSession = HTTPField.Name("Sotto-Session") ?? .authorization
}
