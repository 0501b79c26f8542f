import ByteLayout
import ProcessSupport
import RelayCore
import RelayServer
import RelayWire
import Testing

@Suite(.timeLimit(.minutes(2))) struct `A session over HTTP` {
  private let tag = AdmissionTag(FixedBytes())

  private func owner(_ relay: TestRelay, of mailbox: TestOwner) async throws -> TestSession {
    let session = try await TestSession.begin(relay)
    guard case .opened = try await session.ask(.owner(.openMailbox(try mailbox.firstOpening(session.hello)))) else {
      throw RelayFailure.notOpened
    }
    guard case .done = try await session.ask(.owner(.setAdmission(try mailbox.admission(tag)))) else {
      throw RelayFailure.notOpened
    }
    return session
  }

  private enum RelayFailure: Error { case notOpened }

  private func fetch(_ mailbox: TestOwner, wait: UInt32 = 0) throws -> ClientCommand {
    .owner(.fetch(try FetchCommand(mailbox: mailbox.id, after: 0, waitMilliseconds: wait)))
  }

  @Test func `does what a WebSocket does: several requests in one body, each answered`() async throws {
    try await TestRelay.serve { relay in
      let mailbox = try TestOwner()
      let owner = try await owner(relay, of: mailbox)
      let sender = try await TestSession.begin(relay)
      let (status, frames) = try await sender.post(
        try (1...20).map { ClientRequest(id: $0, command: .sender(.put(try mailbox.put(Int($0), tag: tag)))) })
      #expect(status == 200)
      #expect(Set(frames.map(\.requestID)) == Set(1...20))
      for frame in frames {
        guard case .storedReceipt = frame.event else {
          Issue.record("not stored")
          return
        }
      }
      guard case .page(let page) = try await owner.ask(try fetch(mailbox)) else {
        Issue.record("no page")
        return
      }
      #expect(page.items.map(\.seq) == Array(1...20))
      let acknowledge = try AcknowledgeCommand(mailbox: mailbox.id, upTo: 20)
      #expect(try await owner.ask(.owner(.acknowledge(acknowledge))) == .done)
      #expect(try await owner.delete() == 204)
    }
  }

  @Test func `answers a fetch that waits as soon as an envelope comes`() async throws {
    try await TestRelay.serve { relay in
      let mailbox = try TestOwner()
      let owner = try await owner(relay, of: mailbox)
      let read = relay.store.pagesRead
      async let answer = owner.ask(try fetch(mailbox, wait: 30_000))
      // Nothing is there: it waits.
      try await eventually { relay.store.pagesRead != read }
      let sender = try await TestSession.begin(relay)
      _ = try await sender.ask(.sender(.put(try mailbox.put(7, tag: tag))))
      guard case .page(let page) = try await answer else {
        Issue.record("no page")
        return
      }
      #expect(page.items.map(\.seq) == [1])
    }
  }

  @Test(arguments: [false, true])
  func `tells a fetch that waits that another owner came, and is over`(overWebSocket: Bool) async throws {
    try await TestRelay.serve { relay in
      let mailbox = try TestOwner()
      let owner = try await owner(relay, of: mailbox)
      let read = relay.store.pagesRead
      async let waiting = owner.post([ClientRequest(id: 9, command: try fetch(mailbox, wait: 30_000))])
      try await eventually { relay.store.pagesRead != read }
      if overWebSocket {
        let (socket, hello) = try await relay.connect()
        _ = try await socket.ask(.owner(.openMailbox(try mailbox.reopening(hello))))
      } else {
        let other = try await TestSession.begin(relay)
        _ = try await other.ask(.owner(.openMailbox(try mailbox.reopening(other.hello))))
      }
      let (status, frames) = try await waiting
      #expect(status == 200)
      #expect(
        frames == [
          RelayFrame(requestID: 9, event: .refusal(.fenced)),
          RelayFrame(requestID: 0, event: .fencedOut(mailbox.id)),
        ])
      #expect(try await owner.post([]).status == 404)
    }
  }

  @Test func `that nobody waits on tells it with the next answer, and does nothing more`() async throws {
    try await TestRelay.serve { relay in
      let mailbox = try TestOwner()
      let owner = try await owner(relay, of: mailbox)
      let other = try await TestSession.begin(relay)
      guard case .opened = try await other.ask(.owner(.openMailbox(try mailbox.reopening(other.hello)))) else {
        Issue.record("not opened")
        return
      }
      let close = ClientRequest(id: 3, command: .owner(.closeMailbox(mailbox.id)))
      let (status, frames) = try await owner.post([close])
      #expect(status == 200)
      #expect(frames == [RelayFrame(requestID: 0, event: .fencedOut(mailbox.id))])
      #expect(try await owner.post([close]).status == 404)
      guard case .page = try await other.ask(try fetch(mailbox)) else {
        Issue.record("the mailbox is gone")
        return
      }
    }
  }

  @Test func `is an owner's or a sender's, never both`() async throws {
    try await TestRelay.serve { relay in
      let mailbox = try TestOwner()
      let owner = try await owner(relay, of: mailbox)
      #expect(try await owner.ask(.sender(.put(try mailbox.put(1, tag: tag)))) == .refusal(.wrongParty))
      let sender = try await TestSession.begin(relay)
      _ = try await sender.ask(.sender(.put(try mailbox.put(1, tag: tag))))
      #expect(
        try await sender.ask(.owner(.openMailbox(try mailbox.reopening(sender.hello)))) == .refusal(.wrongParty))
    }
  }

  @Test func `takes a signature over its own challenge only`() async throws {
    try await TestRelay.serve { relay in
      let mailbox = try TestOwner()
      let (one, other) = (try await TestSession.begin(relay), try await TestSession.begin(relay))
      #expect(one.hello.challenge != other.hello.challenge)
      #expect(
        try await one.ask(.owner(.openMailbox(try mailbox.opening(other.hello)))) == .refusal(.unauthenticated))
    }
  }

  @Test func `refuses subscriptions, and a second fetch in one body`() async throws {
    try await TestRelay.serve { relay in
      let mailbox = try TestOwner()
      let owner = try await owner(relay, of: mailbox)
      let subscribe = try SubscribeCommand(mailbox: mailbox.id, after: 0)
      guard case .refusal(let refusal) = try await owner.ask(.owner(.subscribe(subscribe))) else {
        Issue.record("subscribed")
        return
      }
      #expect(refusal.code == .malformed)
      let (_, frames) = try await owner.post([
        ClientRequest(id: 1, command: try fetch(mailbox)), ClientRequest(id: 2, command: try fetch(mailbox)),
      ])
      guard frames.count == 2, case .refusal(let second) = frames[0].event, case .page = frames[1].event else {
        Issue.record("not one page")
        return
      }
      #expect(second.code == .rateLimited)
    }
  }

  @Test func `answers an unknown mailbox, an unknown tag and a spent one alike`() async throws {
    try await TestRelay.serve { relay in
      let mailbox = try TestOwner()
      _ = try await owner(relay, of: mailbox)
      let sender = try await TestSession.begin(relay)
      let unknown = AdmissionTag(try FixedBytes([UInt8](repeating: 1, count: 16)))
      let toNobody = try await sender.ask(.sender(.put(try TestOwner().put(1, tag: tag))))
      let withoutTag = try await sender.ask(.sender(.put(try mailbox.put(1, tag: unknown))))
      #expect(toNobody == .refusal(.notAdmitted))
      #expect(withoutTag == toNobody)
    }
  }

  @Test func `is limited like a connection`() async throws {
    let limits = RateLimits(
      connection: .init(capacity: 2, perSecond: 1), entry: .init(capacity: 100, perSecond: 1),
      address: .init(capacity: 100, perSecond: 1))
    try await TestRelay.serve(limits: limits, steadyClock: HandClock()) { relay in
      let mailbox = try TestOwner()
      _ = try await owner(relay, of: mailbox)
      let sender = try await TestSession.begin(relay)
      for number in 0..<2 { _ = try await sender.ask(.sender(.put(try mailbox.put(number, tag: tag)))) }
      #expect(
        try await sender.ask(.sender(.put(try mailbox.put(2, tag: tag)))) == .refusal(.rateLimited(.seconds(1))))
    }
  }

  @Test func `ends when nobody asks for long enough, and not before`() async throws {
    let clock = HandClock()
    try await TestRelay.serve(steadyClock: clock) { relay in
      let session = try await TestSession.begin(relay)
      for _ in 0..<3 {
        clock.advance(by: .seconds(89))
        #expect(try await session.post([]).status == 200)
      }
      clock.advance(by: .seconds(90))
      #expect(try await session.post([]).status == 404)
    }
  }

  @Test func `ends when its client says so`() async throws {
    try await TestRelay.serve { relay in
      let session = try await TestSession.begin(relay)
      #expect(try await session.delete() == 204)
      #expect(try await session.post([]).status == 404)
      #expect(try await session.delete() == 404)
    }
  }

  @Test func `is one of a bounded number, and one that ends makes room`() async throws {
    let clock = HandClock()
    try await TestRelay.serve(steadyClock: clock, operation: { $0.maximumSessions = 3 }) { relay in
      func begin() async throws -> Int {
        try await RawHTTP.request(
          "POST /v1/rpc HTTP/1.1", headers: [TestSession.contentType], body: [], port: relay.port
        ).status
      }
      let first = try await TestSession.begin(relay)
      for _ in 0..<2 { #expect(try await begin() == 200) }
      #expect(try await begin() == 503)
      #expect(try await first.delete() == 204)
      #expect(try await begin() == 200)
      #expect(try await begin() == 503)
      // Those that nobody asks are over in time.
      clock.advance(by: .seconds(90))
      #expect(try await begin() == 200)
    }
  }

  @Test func `has few requests open at once`() async throws {
    try await TestRelay.serve { relay in
      let mailbox = try TestOwner()
      let owner = try await owner(relay, of: mailbox)
      let poll = [ClientRequest(id: 1, command: try fetch(mailbox, wait: 30_000))]
      try await withThrowingTaskGroup(of: Int.self) { group in
        for _ in 0..<5 { group.addTask { try await owner.post(poll).status } }
        // Four wait; the fifth is told so at once.
        #expect(try await group.next() == 429)
        let other = try await TestSession.begin(relay)
        _ = try await other.ask(.owner(.openMailbox(try mailbox.reopening(other.hello))))
        for try await status in group { #expect(status == 200) }
      }
    }
  }

  @Test func `is answered at once when the relay ends`() async throws {
    let mailbox = try TestOwner()
    let answer = try await TestRelay.serve { relay in
      let owner = try await owner(relay, of: mailbox)
      let read = relay.store.pagesRead
      let answer = Task { try await owner.ask(try fetch(mailbox, wait: 30_000)) }
      try await eventually { relay.store.pagesRead != read }
      return answer
    }
    guard case .page(let page) = try await answer.value else {
      Issue.record("no page")
      return
    }
    #expect(page.items.isEmpty)
  }
}

@Suite(.timeLimit(.minutes(2))) struct `A request over HTTP that is refused` {
  private static let token = String(repeating: "0", count: 64)

  @Test(arguments: [
    ("POST", ["Content-Type: text/plain"], 0, 415), ("POST", [], 0, 415),
    ("POST", ["Content-Type: application/x-protobuf", "Content-Type: text/plain"], 0, 415),
    ("GET", [TestSession.contentType], 0, 405), ("PUT", [TestSession.contentType], 0, 405),
    // No session, and not the wish to begin one.
    ("POST", [TestSession.contentType], 8, 400),
    ("POST", [TestSession.contentType, "Sotto-Session: \(token)"], 0, 404),
    ("POST", [TestSession.contentType, "Sotto-Session: 00"], 0, 404),
    ("POST", [TestSession.contentType, "Sotto-Session: \(token)", "Sotto-Session: \(token)"], 0, 404),
    ("POST", [TestSession.contentType, "Sotto-Session: \(token)"], DelimitedFrames.maximumRequestByteCount + 1, 413),
    ("DELETE", [], 0, 404), ("DELETE", ["Sotto-Session: \(token)"], 0, 404),
  ])
  func `is told why by its status`(method: String, headers: [String], byteCount: Int, status: Int) async throws {
    try await TestRelay.serve { relay in
      // One frame that is a request, and nothing else would be missing.
      var body = [UInt8](repeating: 0, count: byteCount)
      if byteCount == 8 {
        body = DelimitedFrames.encode([try FrameCodec.encode(ClientRequest(id: 1, command: .anyone(.getInfo)))])
      }
      let answer = try await RawHTTP.request(
        "\(method) /v1/rpc HTTP/1.1", headers: headers, body: body, port: relay.port)
      #expect(answer.status == status)
    }
  }

  @Test func `changes nothing: frames behind one that cannot be read are not carried out either`() async throws {
    try await TestRelay.serve { relay in
      let mailbox = try TestOwner()
      let session = try await TestSession.begin(relay)
      let opening = try FrameCodec.encode(
        ClientRequest(id: 1, command: .owner(.openMailbox(try mailbox.opening(session.hello)))))
      for broken in [[0xFF], [UInt8](), [0, 0, 0, 0], [0, 0, 0, 9, 1]] as [[UInt8]] {
        let body =
          broken.isEmpty
          ? Array(DelimitedFrames.encode([opening]).dropLast()) : DelimitedFrames.encode([opening]) + broken
        let answer = try await RawHTTP.request(
          "POST /v1/rpc HTTP/1.1", headers: [TestSession.contentType, "Sotto-Session: \(session.token)"], body: body,
          port: relay.port)
        #expect(answer.status == 400)
      }
      // Had the mailbox been opened, a first opening would be a copy's.
      guard case .opened = try await session.ask(.owner(.openMailbox(try mailbox.opening(session.hello)))) else {
        Issue.record("not opened")
        return
      }
    }
  }

  @Test func `is refused too when its size comes as a surprise`() async throws {
    try await TestRelay.serve { relay in
      let chunk = String(repeating: "a", count: 1 << 20)
      let head = "POST /v1/rpc HTTP/1.1\r\nHost: x\r\n\(TestSession.contentType)\r\nTransfer-Encoding: chunked\r\n\r\n"
      let answer = try await RawHTTP.exchange(
        head + "100000\r\n\(chunk)\r\n100000\r\n\(chunk)\r\n0\r\n\r\n", port: relay.port)
      #expect(answer.hasPrefix("HTTP/1.1 413 "))
    }
  }

  @Test func `that is cut off does nothing`() async throws {
    try await TestRelay.serve { relay in
      let mailbox = try TestOwner()
      let session = try await TestSession.begin(relay)
      let body = DelimitedFrames.encode([
        try FrameCodec.encode(
          ClientRequest(id: 1, command: .owner(.openMailbox(try mailbox.opening(session.hello)))))
      ])
      // One byte more is announced than comes: whole frames, and no whole request.
      let head =
        "POST /v1/rpc HTTP/1.1\r\nHost: x\r\n\(TestSession.contentType)\r\nSotto-Session: \(session.token)\r\n"
        + "Content-Length: \(body.count + 1)\r\n\r\n"
      #expect(try await RawHTTP.cutOff([UInt8](head.utf8) + body, port: relay.port).isEmpty)
      guard case .opened = try await session.ask(.owner(.openMailbox(try mailbox.opening(session.hello)))) else {
        Issue.record("the first one opened it")
        return
      }
    }
  }
}
