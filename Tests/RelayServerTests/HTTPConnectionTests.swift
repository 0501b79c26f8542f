import HTTPConnection
import NIOCore
import NIOEmbedded
import NIOHTTP1
import RelayServer
import Testing

/// The handler between requests that a test makes up and a clock that it turns.
@Suite struct `One connection of HTTP` {
  private let channel: EmbeddedChannel
  private var isOpen: Bool { channel.isActive }

  init() throws {
    channel = EmbeddedChannel(handler: HTTPConnectionHandler())
    try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
    channel.embeddedEventLoop.run()
  }

  private func head(_ headers: HTTPHeaders = [:], version: HTTPVersion = .http1_1) throws {
    try channel.writeInbound(
      HTTPServerRequestPart.head(HTTPRequestHead(version: version, method: .POST, uri: "/", headers: headers)))
  }

  private func body(_ byteCount: Int) throws {
    channel.read()
    try channel.writeInbound(HTTPServerRequestPart.body(ByteBuffer(repeating: 0, count: byteCount)))
    channel.read()
  }

  private func end() throws { try channel.writeInbound(HTTPServerRequestPart.end(nil)) }

  private func answer() throws -> HTTPResponseHead? {
    channel.write(HTTPServerResponsePart.head(HTTPResponseHead(version: .http1_1, status: .ok)), promise: nil)
    channel.writeAndFlush(HTTPServerResponsePart.end(nil), promise: nil)
    channel.embeddedEventLoop.run()
    guard case .head(let head) = try channel.readOutbound(as: HTTPServerResponsePart.self) else { return nil }
    _ = try channel.readOutbound(as: HTTPServerResponsePart.self)
    return head
  }

  private func advance(_ time: TimeAmount) { channel.embeddedEventLoop.advanceTime(by: time) }

  @Test func `ends when no request comes for too long`() throws {
    advance(HTTPConnectionHandler.idleLimit - .nanoseconds(1))
    #expect(isOpen)
    advance(.nanoseconds(1))
    #expect(!isOpen)
  }

  @Test func `ends when a request is not whole in time`() throws {
    try head()
    channel.read()
    advance(HTTPConnectionHandler.requestLimit - .nanoseconds(1))
    #expect(isOpen)
    #expect(throws: TruncatedRequest.self) {
      advance(.nanoseconds(1))
      try channel.throwIfErrorCaught()
    }
    #expect(!isOpen)
  }

  @Test func `gives a body time as long as it makes progress`() throws {
    try head()
    for _ in 0..<100 {
      advance(HTTPConnectionHandler.requestLimit - .seconds(1))
      try body(HTTPConnectionHandler.progressByteCount)
      #expect(isOpen)
    }
    advance(HTTPConnectionHandler.requestLimit - .seconds(1))
    try body(1)
    advance(.seconds(1))
    #expect(!isOpen)
  }

  @Test func `does not blame a client for what nobody reads`() throws {
    try head()
    // No read was asked for.
    advance(HTTPConnectionHandler.requestLimit * 5)
    #expect(isOpen)
    channel.read()
    advance(HTTPConnectionHandler.requestLimit)
    #expect(!isOpen)
  }

  @Test func `waits for its own answer as long as it takes, then for the next request`() throws {
    try head()
    try end()
    advance(.hours(1))
    #expect(isOpen)
    #expect(try answer()?.headers["Connection"] == [])
    advance(HTTPConnectionHandler.idleLimit - .nanoseconds(1))
    #expect(isOpen)
    try head()
    try end()
    advance(.hours(1))
    #expect(isOpen)
  }

  @Test(arguments: [("close", HTTPVersion.http1_1), ("upgrade", HTTPVersion.http1_0)])
  func `ends after an answer that the client wants to be the last`(connection: String, version: HTTPVersion) throws {
    try head(["Connection": connection], version: version)
    try end()
    #expect(try answer()?.headers["Connection"] == ["close"])
    advance(HTTPConnectionHandler.closingLimit)
    #expect(!isOpen)
  }

  @Test func `ends after an answer that came before its request was whole`() throws {
    try head()
    try body(1)
    #expect(try answer()?.headers["Connection"] == ["close"])
    channel.read()
    advance(HTTPConnectionHandler.closingLimit)
    #expect(!isOpen)
  }

  @Test func `tells a client that asks to go on`() throws {
    try head(["Expect": "100-continue"])
    guard case .head(let head) = try channel.readOutbound(as: HTTPServerResponsePart.self) else {
      Issue.record("nothing")
      return
    }
    #expect(head.status == .continue)
  }

  @Test func `never lets a request that was cut off look whole`() throws {
    try head()
    try body(1)
    channel.pipeline.fireChannelInactive()
    #expect(throws: TruncatedRequest.self) { try channel.throwIfErrorCaught() }
  }
}
