import HTTPConnection
import HTTPTypes
import Hummingbird
import NIOCore

/// A refusal over HTTP: a status, and a sentence for people that names nobody.
struct HTTPRefusal: Error {
  let status: HTTPResponse.Status
  let explanation: String
  let headers: HTTPFields

  init(_ status: HTTPResponse.Status, _ explanation: String, headers: HTTPFields = [:]) {
    self.status = status
    self.explanation = explanation
    self.headers = headers
  }

  static let notFound = HTTPRefusal(.notFound, "There is nothing here.")

  /// Its answer.
  var response: Response { Response(status: status, text: explanation, headers: headers) }
}

extension Response {
  /// One line of text.
  init(status: HTTPResponse.Status, text: String, headers: HTTPFields = [:]) {
    var headers = headers
    headers[.contentType] = "text/plain; charset=utf-8"
    self.init(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: text + "\n")))
  }
}

/// What all answers have in common: refusals become answers, and nothing is kept, guessed at or run by a browser.
struct AnswerMiddleware: RouterMiddleware {
  typealias Context = RelayRequestContext

  @concurrent func handle(
    _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
  ) async throws -> Response {
    var response: Response
    do {
      guard Self.isPlain(request.uri.path) else { throw HTTPRefusal.notFound }
      response = try await next(request, context)
    } catch let refusal as HTTPRefusal {
      response = refusal.response
    } catch let error as HTTPError where error.status == .notFound {
      response = HTTPRefusal.notFound.response
    }
    AnswerHeaders.complete(&response.headers)
    return response
  }

  /// Hummingbird takes `/v1/ws/` and `//v1/ws` for `/v1/ws`; here a path has one spelling.
  private static func isPlain(_ path: String) -> Bool {
    path == "/" || (!path.hasSuffix("/") && !path.contains("//"))
  }
}
