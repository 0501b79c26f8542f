import HTTPTypes
import Hummingbird

/// Paths with what answers there. A path that is known refuses the methods that it does not have with 405.
struct RelayRoutes {
  typealias Handler = @Sendable (Request, RelayRequestContext) async throws -> Response

  private static let methods: [HTTPRequest.Method] = [
    .get, .head, .post, .put, .patch, .delete, .options, .trace, .connect,
  ]

  private let router: Router<RelayRequestContext>

  init() {
    router = Router(context: RelayRequestContext.self, options: .autoGenerateHeadEndpoints)
    router.add(middleware: AnswerMiddleware())
  }

  /// Registers a path, with all that is answered there. `GET` answers `HEAD` too.
  func on(_ path: RouterPath, _ handlers: [HTTPRequest.Method: Handler]) {
    var allowed = Set(handlers.keys)
    if allowed.contains(.get) { allowed.insert(.head) }
    let refusal = HTTPRefusal(
      .methodNotAllowed, "Not with this method.",
      headers: [.allow: Self.methods.filter(allowed.contains).map(\.rawValue).joined(separator: ", ")])
    for (method, handler) in handlers { router.on(path, method: method, use: handler) }
    for method in Self.methods where !allowed.contains(method) {
      router.on(path, method: method) { _, _ -> Response in throw refusal }
    }
  }

  /// Registers a path that answers every method alike.
  func onAny(_ path: RouterPath, _ handler: @escaping Handler) {
    on(path, Dictionary(uniqueKeysWithValues: Self.methods.map { ($0, handler) }))
  }

  /// What finds the handler of a request.
  var responder: RouterResponder<RelayRequestContext> { router.buildResponder() }
}
