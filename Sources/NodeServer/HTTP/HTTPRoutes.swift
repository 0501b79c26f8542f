import HTTPConnection
import HTTPTypes
import HummingbirdCore
import NIOCore
import NodeInterface

/// What is answered over HTTP, path by path. All but the two signs of health want a token.
struct HTTPRoutes: Sendable {
  let dispatcher: Dispatcher
  let settings: HTTPSettings
  let gate: HTTPGate
  let counters: HTTPCounters

  var context: InterfaceContext { dispatcher.context }

  init(dispatcher: Dispatcher, settings: HTTPSettings, counters: HTTPCounters) {
    self.dispatcher = dispatcher
    self.settings = settings
    self.counters = counters
    gate = HTTPGate(settings, tokens: dispatcher.context.tokens)
  }

  /// Answers a request.
  ///
  /// - Throws: what ends the connection without an answer: the request was cut off.
  func respond(to request: Request, on channel: any Channel) async throws -> Response {
    var response: Response
    var origin: String?
    do {
      try gate.checkHost(request.head)
      origin = try gate.checkOrigin(request.head)
      response = try await answer(request, channel, isPage: origin != nil)
    } catch let refusal as HTTPRefusal {
      response = refusal.response
    } catch let error as InterfaceError {
      response = HTTPRefusal(error).response
    }
    AnswerHeaders.complete(&response.headers)
    if let origin {
      response.headers[.accessControlAllowOrigin] = origin
      response.headers[.vary] = "Origin"
    }
    counters.answered(response.status.code)
    return response
  }

  private func answer(_ request: Request, _ channel: any Channel, isPage: Bool) async throws -> Response {
    // What a browser asks before it lets a page call; the page's origin was judged by now.
    if isPage, request.method == .options { return Self.preflight }
    switch request.uri.path {
    case "/healthz":
      try Self.expect(.get, request)
      return Self.json(.ok, ["ok": true])
    case "/readyz":
      try Self.expect(.get, request)
      let reason = try await context.unreadiness()
      return Self.json(
        reason == nil ? .ok : .serviceUnavailable,
        .object(present: ["ready": .bool(reason == nil), "reason": reason.map { .string($0) }]))
    case "/api/v1/rpc":
      let caller = try gate.caller(request.head)
      try Self.expect(.post, request)
      return try await bounded { try await call(request, caller) }
    case "/api/v1/events":
      let caller = try gate.caller(request.head)
      try Self.expect(.get, request)
      return try await events(request, caller, channel)
    case let path where path.hasPrefix(Self.blobs):
      let caller = try gate.caller(request.head)
      let id = String(path.dropFirst(Self.blobs.count))
      switch request.method {
      case .get: return try await download(id, request, caller, channel)
      case .put: return try await bounded { try await upload(id, request, caller) }
      default: throw HTTPRefusal.method("GET, PUT")
      }
    case "/metrics" where settings.offersMetrics:
      let caller = try gate.caller(request.head)
      try Self.expect(.get, request)
      return try await bounded { try await metrics(caller) }
    default:
      // Who shows no token is not even told what is there.
      _ = try gate.caller(request.head)
      throw HTTPRefusal.notFound
    }
  }

  private static func expect(_ method: HTTPRequest.Method, _ request: Request) throws(HTTPRefusal) {
    guard request.method == method else { throw .method(method.rawValue) }
  }

  private static let blobs = "/api/v1/blobs/"

  private func bounded(_ body: () async throws -> Response) async throws -> Response {
    let slot = try slot()
    defer { withExtendedLifetime(slot) {} }
    return try await body()
  }

  func slot() throws(HTTPRefusal) -> HTTPSlot {
    guard let slot = counters.slot(most: settings.requestsInFlight) else { throw HTTPRefusal.busy }
    return slot
  }

  private static let preflight = Response(
    status: .noContent,
    headers: [
      .accessControlAllowMethods: "GET, POST, PUT", .accessControlMaxAge: "600",
      .accessControlAllowHeaders: "Authorization, Content-Type, Last-Event-ID, Range",
    ])

  static func json(_ status: HTTPResponse.Status, _ value: JSONValue, headers: HTTPFields = [:]) -> Response {
    json(status, JSONText.bytes(value), headers: headers)
  }

  static func json(_ status: HTTPResponse.Status, _ bytes: [UInt8], headers: HTTPFields = [:]) -> Response {
    var headers = headers
    headers[.contentType] = "application/json"
    return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
  }

  // MARK: Calls

  private func call(_ request: Request, _ caller: Caller) async throws -> Response {
    let types = request.headers[values: .contentType]
    guard types.count == 1, Self.isJSON(types[0]) else {
      throw HTTPRefusal(.unsupportedMediaType, InterfaceError(.request, "The body is application/json."))
    }
    let body = try await Self.body(of: request)
    let (dispatcher, tokens) = (dispatcher, context.tokens)
    let reply = try await tokens.whileValid(caller) { await dispatcher.reply(to: body, from: caller) }
    guard let reply else { return Response(status: .noContent) }
    // A request that came alone has HTTP's status for what HTTP knows of; everything else is in the answer.
    guard let failure = reply.failure else { return Self.json(.ok, reply.frame) }
    let status: HTTPResponse.Status =
      switch failure.kind {
      case .rateLimited: .tooManyRequests
      case .forbidden: .forbidden
      default: .ok
      }
    return Self.json(status, reply.frame, headers: HTTPRefusal.headers(of: failure))
  }

  private static func isJSON(_ type: String) -> Bool {
    let parts = type.lowercased().split(separator: ";").map { $0.trimmingPrefix(while: { $0 == " " }) }
    return parts.first == "application/json" && parts.dropFirst().allSatisfy { $0 == "charset=utf-8" }
  }

  /// The whole body, read only after its sender was let in.
  private static func body(of request: Request) async throws -> [UInt8] {
    if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > JSONText.maximumByteCount {
      throw HTTPRefusal.tooLarge
    }
    var body: [UInt8] = []
    for try await bytes in request.body {
      guard body.count + bytes.readableBytes <= JSONText.maximumByteCount else { throw HTTPRefusal.tooLarge }
      body += bytes.readableBytesView
    }
    return body
  }

  // MARK: Events

  private func events(_ request: Request, _ caller: Caller, _ channel: any Channel) async throws -> Response {
    let query = request.uri.queryParameters.map { (name: String($0.key), text: String($0.value)) }
    let (context, heartbeat) = (context, settings.heartbeat)
    let slot = try slot()
    let stream = try await EventStream.open(
      query, lastEventID: request.headers[.lastEventID], caller: caller, context: context)
    return Response(
      status: .ok, headers: [.contentType: "text/event-stream"],
      body: ResponseBody { writer in
        defer { withExtendedLifetime(slot) {} }
        // Ends the connection, whatever it waits for; over when the stream is.
        async let _: Void = Self.close(channel, when: caller, of: context.tokens)
        try await stream.run(heartbeat: heartbeat) { bytes in
          try await writer.write(ByteBuffer(bytes: bytes))
          // A writer hears only from the event loop that the client does not keep up.
          try await channel.eventLoop.submit {}.get()
        }
        try await writer.finish(nil)
      })
  }

  static func close(_ channel: any Channel, when caller: Caller, of tokens: AccessTokens) async {
    do { try await tokens.untilEnded(caller) } catch is CancellationError {
      return  // The stream was over first.
    } catch {
      // The vault cannot say whether the token still holds: then it does not.
    }
    channel.close(promise: nil)
  }

  // MARK: Numbers

  private func metrics(_ caller: Caller) async throws -> Response {
    guard caller.scopes.contains(.read) else {
      throw InterfaceError(.forbidden, "This needs the scope read.", details: ["scope": "read"])
    }
    var lines: [String] = []
    for (name, value) in try await context.gauges() {
      lines += ["# TYPE sotto_\(name) gauge", "sotto_\(name) \(value)"]
    }
    lines += ["# TYPE sotto_http_connections gauge", "sotto_http_connections \(counters.connections)"]
    lines += ["# TYPE sotto_http_requests_in_flight gauge", "sotto_http_requests_in_flight \(counters.inFlight)"]
    lines.append("# TYPE sotto_http_responses_total counter")
    for (status, count) in counters.answers.sorted(by: { $0.key < $1.key }) {
      lines.append("sotto_http_responses_total{status=\"\(status)\"} \(count)")
    }
    let text = lines.joined(separator: "\n") + "\n"
    return Response(
      status: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
      body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
  }
}

extension HTTPField.Name {
  /// The name is a valid one: the other is never taken.
  static let lastEventID = HTTPField.Name("Last-Event-ID") ?? .authorization
}
