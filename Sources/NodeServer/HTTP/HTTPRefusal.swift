import HTTPTypes
import HummingbirdCore
import NIOCore
import NodeInterface

/// A refusal over HTTP: a status, and the error as JSON-RPC says it.
struct HTTPRefusal: Error {
  let status: HTTPResponse.Status
  let error: InterfaceError
  let headers: HTTPFields

  init(_ status: HTTPResponse.Status, _ error: InterfaceError, headers: HTTPFields = [:]) {
    self.status = status
    self.error = error
    self.headers = headers
  }

  /// An error of the interface with the status that fits it.
  init(_ error: InterfaceError) {
    self.init(Self.status(of: error.kind), error, headers: Self.headers(of: error))
  }

  var response: Response {
    var headers = headers
    headers[.contentType] = "application/json"
    let body = JSONText.bytes(RPCAnswer.json(nil, .failure(error)))
    return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
  }

  /// What HTTP calls it, for routes that are no calls.
  private static func status(of kind: ErrorKind) -> HTTPResponse.Status {
    switch kind {
    case .parse, .request, .params, .method: .badRequest
    case .unauthenticated: .unauthorized
    case .forbidden: .forbidden
    case .notFound: .notFound
    case .contentGone: .gone
    case .rateLimited: .tooManyRequests
    case .tooLarge: .contentTooLarge
    case .conflict, .limitReached, .cursorGone: .conflict
    default: .serviceUnavailable
    }
  }

  /// Whole seconds, rounded up, and how to say who one is.
  static func headers(of error: InterfaceError) -> HTTPFields {
    var headers: HTTPFields = [:]
    if let wait = error.retryAfterMilliseconds { headers[.retryAfter] = String((wait + 999) / 1_000) }
    if error.kind == .unauthenticated { headers[.wwwAuthenticate] = "Bearer" }
    return headers
  }

  static let notFound = HTTPRefusal(.notFound, InterfaceError(.notFound, "There is nothing at this path."))
  static let tooLarge = HTTPRefusal(
    .contentTooLarge, InterfaceError(.tooLarge, "A body may have \(JSONText.maximumByteCount) bytes."))
  static let busy = HTTPRefusal(
    InterfaceError(.rateLimited, "Too many requests are being answered.", retryAfterMilliseconds: 1_000))

  static func method(_ allowed: String) -> HTTPRefusal {
    HTTPRefusal(.methodNotAllowed, InterfaceError(.request, "Use \(allowed) here."), headers: [.allow: allowed])
  }
}
