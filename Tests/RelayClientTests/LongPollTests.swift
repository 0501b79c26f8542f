import ByteLayout
import NIOHTTP1
import ProcessSupport
import RelayClient
import RelayWire
import Testing

@Suite(.timeLimit(.minutes(5))) struct `A connection by long-poll` {
  private static let info = RelayInfo(relayKey: ScriptedRelay.relayKey, limits: .current, software: "scripted")

  /// Answers every request: `GetInfo` with something, everything else with done.
  private static func answers(_ post: ScriptedHTTP.Post) -> ScriptedHTTP.Reply {
    .frames(
      post.requests.map { request in
        if case .success(.anyone(.getInfo)) = request.command {
          return RelayFrame(requestID: request.id, event: .info(info))
        }
        return RelayFrame(requestID: request.id, event: .done)
      })
  }

  private static func retract() -> RetractCommand {
    RetractCommand(
      mailbox: MailboxID(ScriptedRelay.bytes(1)), envelopeID: EnvelopeID(ScriptedRelay.bytes(2)),
      token: DeletionToken(ScriptedRelay.bytes(3)))
  }

  @Test func `takes the place of a WebSocket that is refused, in one session, and ends it`() async throws {
    let server = try await ScriptedHTTP.start { post, _ in
      post.method == .DELETE ? .status(.noContent) : Self.answers(post)
    }
    let connection = try await server.connect()
    #expect(!connection.isWebSocket)
    #expect(connection.isOpen)
    #expect(connection.hello == ScriptedRelay.hello)
    for _ in 0..<3 { #expect(try await connection.info() == Self.info) }
    await connection.close()
    #expect(!connection.isOpen)
    #expect(server.received.map(\.method) == [.POST, .POST, .POST, .DELETE])
    #expect(Set(server.received.map(\.session)) == [ScriptedHTTP.token])
    await #expect(throws: RelayClientError.closed) { try await connection.info() }
  }

  @Test func `asks many things in few requests`() async throws {
    let server = try await ScriptedHTTP.start { post, _ in Self.answers(post) }
    let connection = try await server.connect()
    try await withThrowingTaskGroup(of: RelayInfo.self) { group in
      for _ in 0..<200 { group.addTask { try await connection.info() } }
      for try await info in group { #expect(info == Self.info) }
    }
    #expect(server.received.count < 100)
    #expect(server.received.allSatisfy { $0.requests.count <= DelimitedFrames.maximumCount })
  }

  @Test(arguments: [ScriptedHTTP.Reply.cut, .status(.badGateway), .status(.tooManyRequests), .status(.gatewayTimeout)])
  func `asks again what may be asked again`(trouble: ScriptedHTTP.Reply) async throws {
    let server = try await ScriptedHTTP.start { post, number in number < 2 ? trouble : Self.answers(post) }
    let connection = try await server.connect()
    try await connection.retract(Self.retract())
    #expect(server.received.count == 3)
    #expect(connection.isOpen)
  }

  @Test func `does not ask again what would be done twice, and goes on`() async throws {
    let server = try await ScriptedHTTP.start { post, number in number == 0 ? .cut : Self.answers(post) }
    let connection = try await server.connect()
    let fetch = FetchBundleCommand(
      mailbox: MailboxID(ScriptedRelay.bytes(1)), tag: AdmissionTag(ScriptedRelay.bytes(2)))
    await #expect(throws: RelayClientError.closed) { try await connection.fetchBundle(fetch) }
    #expect(try await connection.info() == Self.info)
    #expect(server.received.count == 2)
  }

  @Test(arguments: [ScriptedHTTP.Reply.status(.notFound), .status(.badRequest), .status(.found)])
  func `ends when the relay knows its session no more`(reply: ScriptedHTTP.Reply) async throws {
    let server = try await ScriptedHTTP.start { _, _ in reply }
    let connection = try await server.connect()
    await #expect(throws: RelayClientError.closed) { try await connection.info() }
    await connection.closed()
    #expect(!connection.isOpen)
    #expect(server.received.count == 1)
  }

  @Test func `ends when nothing gets through for too long`() async throws {
    let server = try await ScriptedHTTP.start { _, _ in .cut }
    let connection = try await server.connect()
    await #expect(throws: RelayClientError.closed) { try await connection.info() }
    #expect(!connection.isOpen)
  }

  @Test(arguments: [
    ScriptedHTTP.Reply.status(.ok, headers: ["Content-Type": "text/html"], body: [0x3C]),
    .status(.ok, headers: ["Content-Type": "application/x-protobuf"], body: [0, 0, 0, 9]),
  ])
  func `takes nothing for an answer that is none`(reply: ScriptedHTTP.Reply) async throws {
    let server = try await ScriptedHTTP.start { _, _ in reply }
    let connection = try await server.connect()
    await #expect(throws: RelayClientError.protocolViolation(.malformedFrame)) { try await connection.info() }
    #expect(!connection.isOpen)
  }

  @Test func `takes no answer to a request that was never made`() async throws {
    let server = try await ScriptedHTTP.start { _, _ in .frames([RelayFrame(requestID: 99, event: .done)]) }
    let connection = try await server.connect()
    await #expect(throws: RelayClientError.protocolViolation(.unknownRequest)) { try await connection.info() }
  }

  @Test func `tells that another owner came, and ends`() async throws {
    let mailbox = MailboxID(ScriptedRelay.bytes(1))
    let server = try await ScriptedHTTP.start { _, _ in
      .frames([RelayFrame(requestID: 0, event: .fencedOut(mailbox))])
    }
    let connection = try await server.connect()
    async let pushes = connection.pushes.reduce(into: []) { $0.append($1) }
    await #expect(throws: RelayClientError.closed) { try await connection.info() }
    #expect(await pushes == [.fencedOut(mailbox)])
    #expect(!connection.isOpen)
  }

  @Test func `gives up in time on a request without an answer, and when its task is cancelled`() async throws {
    let server = try await ScriptedHTTP.start { _, _ in .silence }
    let connection = try await server.connect(timeLimit: .milliseconds(300))
    await #expect(throws: RelayClientError.timedOut) { try await connection.info() }
    let patient = try await server.connect()
    let task = Task { () async throws(RelayClientError) in try await patient.info() }
    try await eventually { server.received.count >= 2 }
    task.cancel()
    await #expect(throws: RelayClientError.cancelled) { try await task.value }
  }
}
