import NIOCore
import NIOHTTP1
import NIOPosix
import RelayClient
import RelayWire
import Synchronization

/// A server on loopback that refuses upgrades, begins sessions over HTTP and then answers POSTs as the test's script says.
final class ScriptedHTTP: Sendable {
  /// One request that reached it.
  struct Post: Sendable {
    let method: HTTPMethod
    let session: String?
    let requests: [ReceivedRequest]
  }

  /// What it does with one.
  enum Reply: Sendable {
    case frames([RelayFrame])
    case status(HTTPResponseStatus, headers: HTTPHeaders = [:], body: [UInt8] = [])
    /// Closes the connection without an answer.
    case cut
    /// Leaves it open without an answer.
    case silence
  }

  /// Called on the event loop for every POST with a session; the number counts them from 0.
  typealias Script = @Sendable (Post, _ number: Int) -> Reply

  static let token = String(repeating: "5c", count: 32)

  let address: RelayAddress
  private let listener: any Channel
  private let posts: PostRecord

  static func start(_ script: @escaping Script) async throws -> ScriptedHTTP {
    let posts = PostRecord()
    let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.configureHTTPServerPipeline()
          try channel.pipeline.syncOperations.addHandler(PostHandler(posts, script))
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    return try ScriptedHTTP(listener, posts)
  }

  private init(_ listener: any Channel, _ posts: PostRecord) throws {
    self.listener = listener
    self.posts = posts
    address = try RelayAddress(route: "127.0.0.1:\(listener.localAddress?.port ?? 0)")
  }

  deinit { listener.close(promise: nil) }

  /// What reached it with a session.
  var received: [Post] { posts.all.withLock { $0 } }

  /// A long-poll connection to it.
  func connect(timeLimit: Duration = .seconds(20)) async throws -> RelayConnection {
    try await RelayConnection.connect(
      to: address, expectedRelayKey: ScriptedRelay.relayKey, timeLimit: timeLimit, transport: try RelayTransport())
  }
}

private final class PostRecord: Sendable {
  let all = Mutex<[ScriptedHTTP.Post]>([])

  func add(_ post: ScriptedHTTP.Post) -> Int {
    all.withLock {
      $0.append(post)
      return $0.count - 1
    }
  }
}

private final class PostHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private let posts: PostRecord
  private let script: ScriptedHTTP.Script
  private var head: HTTPRequestHead?
  private var body: [UInt8] = []

  init(_ posts: PostRecord, _ script: @escaping ScriptedHTTP.Script) {
    self.posts = posts
    self.script = script
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch Self.unwrapInboundIn(data) {
    case .head(let head): (self.head, body) = (head, [])
    case .body(let bytes): body += bytes.readableBytesView
    case .end:
      guard let head else { return }
      switch reply(to: head) {
      case .frames(let frames):
        // A script that makes what cannot be encoded sees a frame missing.
        let bytes = frames.compactMap { try? FrameCodec.encode($0) }
        answer(.ok, ["Content-Type": "application/x-protobuf"], DelimitedFrames.encode(bytes), context)
      case .status(let status, let headers, let body): answer(status, headers, body, context)
      case .cut: context.close(promise: nil)
      case .silence: break
      }
    }
  }

  private func reply(to head: HTTPRequestHead) -> ScriptedHTTP.Reply {
    guard head.uri == "/v1/rpc" else { return .status(.forbidden) }
    guard let session = head.headers["Sotto-Session"].first else {
      guard head.method == .POST, body.isEmpty, head.headers["Content-Type"] == ["application/x-protobuf"],
        let hello = try? FrameCodec.encode(RelayFrame(requestID: 0, event: .hello(ScriptedRelay.hello)))
      else { return .status(.badRequest) }
      return .status(
        .ok, headers: ["Content-Type": "application/x-protobuf", "Sotto-Session": ScriptedHTTP.token],
        body: DelimitedFrames.encode([hello]))
    }
    let requests = (try? DelimitedFrames.decode(body).map { try FrameCodec.decodeRequest($0) }) ?? []
    let post = ScriptedHTTP.Post(method: head.method, session: session, requests: requests)
    return script(post, posts.add(post))
  }

  private func answer(
    _ status: HTTPResponseStatus, _ headers: HTTPHeaders, _ body: [UInt8], _ context: ChannelHandlerContext
  ) {
    var headers = headers
    headers.add(name: "Content-Length", value: "\(body.count)")
    context.write(
      Self.wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: status, headers: headers))), promise: nil)
    context.write(Self.wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: body)))), promise: nil)
    context.writeAndFlush(Self.wrapOutboundOut(.end(nil)), promise: nil)
  }
}
