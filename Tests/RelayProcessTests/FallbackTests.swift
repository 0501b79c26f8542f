import Ambient
import ByteLayout
import ProcessSupport
import RelayClient
import RelayWire
import Synchronization
import Testing
import Verification

@Suite("Behind a proxy that breaks WebSockets", .timeLimit(.minutes(3))) struct FallbackTests {
  private let timing = TransportPolicy.Timing(
    earlyEnd: .seconds(20), firstTrial: .milliseconds(200), greatestTrial: .milliseconds(400))

  private func transport() throws -> RelayTransport {
    try RelayTransport(memory: TransportMemory(timing))
  }

  private func connect(
    _ proxy: BreakingProxy, _ transport: RelayTransport, timeLimit: Duration = .seconds(20)
  ) async throws -> RelayConnection {
    try await RelayConnection.connect(
      to: try RelayAddress(route: "127.0.0.1:\(proxy.port)"), expectedRelayKey: nil, timeLimit: timeLimit,
      transport: transport)
  }

  @Test func `an owner and a sender work by long-poll, and come back`() async throws {
    let relay = try await RunningRelay.start()
    let proxy = try await BreakingProxy.start(before: relay.port, webSockets: .refuse)
    let transport = try transport()
    let mailbox = try TestMailbox()
    let owner = try await connect(proxy, transport)
    let sender = try await connect(proxy, transport)
    #expect(!owner.isWebSocket && !sender.isWebSocket)
    try await mailbox.open(owner)
    try await mailbox.admit(owner)
    let fetch = try FetchCommand(mailbox: mailbox.id, after: 0, waitMilliseconds: 20_000)
    async let page = owner.fetch(fetch)
    let put = try mailbox.put()
    _ = try await sender.put(put)
    #expect(try await page.items.map(\.seq) == [1])
    #expect(try await mailbox.fetchAll(owner).map(\.envelopeID) == [put.envelopeID])

    let before = proxy.upgrades
    proxy.set(.pass)
    // Nothing breaks: the connections say that they are to be replaced, and serve until they are.
    try await eventually { !owner.isOpen && !sender.isOpen }
    #expect(proxy.upgrades > before)
    #expect(try await mailbox.fetchAll(owner).count == 1)
    #expect(try await connect(proxy, transport).isWebSocket)
  }

  @Test func `another owner ends a long-poll at once`() async throws {
    let relay = try await RunningRelay.start()
    let proxy = try await BreakingProxy.start(before: relay.port, webSockets: .refuse)
    let mailbox = try TestMailbox()
    let owner = try await connect(proxy, try transport())
    let fence = try await mailbox.open(owner)
    async let pushes = owner.pushes.reduce(into: []) { $0.append($1) }
    async let refusal = refusal {
      _ = try await owner.fetch(try FetchCommand(mailbox: mailbox.id, after: 0, waitMilliseconds: 30_000))
    }
    // Any moment will do: before the fetch, while it waits.
    let other = try await relay.connect()
    try await mailbox.open(other, presenting: fence)
    let code = await refusal?.code
    #expect(code == .fenced || code == nil)
    #expect(await pushes == [.fencedOut(mailbox.id)])
    await owner.closed()
  }

  @Test func `a WebSocket that stays silent costs one attempt`() async throws {
    let relay = try await RunningRelay.start()
    let proxy = try await BreakingProxy.start(before: relay.port, webSockets: .swallow)
    let transport = try transport()
    await #expect(throws: RelayClientError.timedOut) {
      try await connect(proxy, transport, timeLimit: .milliseconds(500))
    }
    let connection = try await connect(proxy, transport)
    #expect(!connection.isWebSocket)
    _ = try await connection.info()
  }

  @Test func `every envelope of 2 000 arrives exactly once while WebSockets are cut, refused and let through`()
    async throws
  {
    let (relay, mailbox) = (try await RunningRelay.start(), try TestMailbox())
    let proxy = try await BreakingProxy.start(before: relay.port, webSockets: .pass)
    let transport = try transport()
    let count = 2_000
    let puts = try (0..<count).map { _ in try mailbox.put() }
    let owner = PersistentOwner(mailbox: mailbox) { try await connect(proxy, transport) }
    _ = try await owner.page(wait: 0)

    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        try await PersistentSender { try await connect(proxy, transport) }.put(puts, inFlight: 16)
      }
      var envelopes: [EnvelopeID] = []
      var transports: [Bool] = []
      while envelopes.count < count {
        let before = envelopes.count
        let page = try await owner.page(wait: 10_000)
        for case .envelope(let envelope) in page.items { envelopes.append(envelope.envelopeID) }
        transports.append(await owner.isWebSocket)
        func passed(_ mark: Int) -> Bool { before < mark && envelopes.count >= mark }
        // Cut in the middle of a stream, at every place in a frame; then not even begun; then good again.
        if passed(200) { proxy.set(.cut(after: 700)) }
        if passed(900) { proxy.set(.refuse) }
        if passed(1_200) { proxy.set(.pass) }
      }
      try await group.waitForAll()
      #expect(envelopes.count == count)
      #expect(Set(envelopes) == Set(puts.map(\.envelopeID)))
      #expect(transports.contains(true) && transports.contains(false))
    }
    // It comes back, if it has not yet, and nothing came twice.
    while await !owner.isWebSocket {
      let page = try await owner.page(wait: 100)
      #expect(page.items.isEmpty)
    }
    #expect(try await owner.page(wait: 0).head == UInt64(count))
  }

  @Test(arguments: [BreakingProxy.WebSockets.pass, .refuse])
  func `a sender takes an envelope back, and asks what was collected`(webSockets: BreakingProxy.WebSockets)
    async throws
  {
    let relay = try await RunningRelay.start()
    let proxy = try await BreakingProxy.start(before: relay.port, webSockets: webSockets)
    let transport = try transport()
    let mailbox = try TestMailbox()
    let owner = try await connect(proxy, transport)
    try await mailbox.open(owner)
    try await mailbox.admit(owner)
    let sender = try await connect(proxy, transport)
    let token = DeletionToken(TestMailbox.random())
    let hash = ContentHash.labelled(DeletionHash.label, token.bytes.array)
    let plain = try mailbox.put()
    let put = PutCommand(
      mailbox: mailbox.id, envelopeID: plain.envelopeID, tag: mailbox.tag, envelope: plain.envelope, retention: .day,
      deletionHash: DeletionHash(hash.prefix()))
    _ = try await sender.put(put)
    let wrong = RetractCommand(
      mailbox: mailbox.id, envelopeID: put.envelopeID, token: DeletionToken(TestMailbox.random()))
    try await sender.retract(wrong)
    #expect(try await mailbox.fetchAll(owner).count == 1)
    try await sender.retract(
      RetractCommand(mailbox: mailbox.id, envelopeID: put.envelopeID, token: token))
    #expect(try await mailbox.fetchAll(owner).isEmpty)
    let tokens = (0..<3).map { _ in CollectedToken(TestMailbox.random()) }
    #expect(try await sender.receiptStatus(try ReceiptStatusCommand(tokens: tokens)) == [false, false, false])
  }
}

/// An owner that connects again and goes on behind what it has, as a node does.
private actor PersistentOwner {
  private let mailbox: TestMailbox
  private let connect: @Sendable () async throws -> RelayConnection
  private var connection: RelayConnection?
  private var fence = Fence.unopened
  private var proposed = FenceNonce(TestMailbox.random())
  private var isAdmitting = false
  private var cursor: UInt64 = 0

  init(mailbox: TestMailbox, connect: @escaping @Sendable () async throws -> RelayConnection) {
    self.mailbox = mailbox
    self.connect = connect
  }

  var isWebSocket: Bool { connection?.isWebSocket ?? false }

  /// The next page, which must begin behind the last one, acknowledged.
  func page(wait: UInt32) async throws -> MailboxPage {
    while true {
      do {
        let connection = try await open()
        let page = try await connection.fetch(
          FetchCommand(mailbox: mailbox.id, after: cursor, limit: 50, waitMilliseconds: wait))
        #expect(page.after == cursor)
        #expect(page.items.map(\.seq) == page.items.indices.map { cursor + UInt64($0) + 1 })
        cursor = page.end
        if !page.items.isEmpty { await acknowledge(connection) }
        return page
      } catch let error as RelayClientError where Self.isTrouble(error) {
        if connection?.isOpen != true || error != .timedOut { connection = nil }
      }
    }
  }

  private func acknowledge(_ connection: RelayConnection) async {
    // What is not acknowledged now is with the next page; the cursor is ours.
    guard let command = try? AcknowledgeCommand(mailbox: mailbox.id, upTo: cursor) else { return }
    try? await connection.acknowledge(command)
  }

  private func open() async throws -> RelayConnection {
    if let connection, connection.isOpen { return connection }
    let fresh = try await connect()
    while true {
      let reply = try await fresh.openMailbox(
        try mailbox.opening(fresh.hello, presented: fence, next: proposed))
      fence = Fence(generation: reply.generation, nonce: proposed)
      proposed = FenceNonce(TestMailbox.random())
      if !reply.wasRepeat { break }
    }
    if !isAdmitting { try await mailbox.admit(fresh) }
    isAdmitting = true
    connection = fresh
    return fresh
  }

  static func isTrouble(_ error: RelayClientError) -> Bool {
    switch error {
    case .closed, .unreachable, .timedOut, .notARelay: true
    default: false
    }
  }
}

/// A sender that puts again what it has no answer to.
private struct PersistentSender: Sendable {
  let connect: @Sendable () async throws -> RelayConnection

  func put(_ puts: [PutCommand], inFlight: Int) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for lane in 0..<inFlight {
        group.addTask {
          var connection: RelayConnection?
          for index in stride(from: lane, to: puts.count, by: inFlight) {
            while true {
              do {
                if connection?.isOpen != true { connection = try await connect() }
                _ = try await connection?.put(puts[index])
                break
              } catch let error as RelayClientError where PersistentOwner.isTrouble(error) { connection = nil }
            }
          }
        }
      }
      try await group.waitForAll()
    }
  }
}
