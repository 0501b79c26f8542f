import Ambient
import ByteLayout
import NIOCore
import RelayCore
import RelayServer
import RelayWire
import Testing

@Suite(.timeLimit(.minutes(2))) struct `A sender that asks too much` {
  private let limits = RateLimits(
    connection: .init(capacity: 6, perSecond: 1), entry: .init(capacity: 4, perSecond: 1),
    address: .init(capacity: 1_000, perSecond: 1))

  private func open(_ relay: TestRelay, _ mailbox: TestOwner, _ tags: [AdmissionTag]) async throws -> TestSocket {
    let (owner, hello) = try await relay.connect()
    _ = try await owner.ask(.owner(.openMailbox(try mailbox.opening(hello))))
    for tag in tags { _ = try await owner.ask(.owner(.setAdmission(try mailbox.admission(tag)))) }
    return owner
  }

  private func isStored(_ event: RelayEvent) -> Bool {
    if case .storedReceipt = event { return true }
    return false
  }

  @Test func `is refused with a time after which it passes, and others are served meanwhile`() async throws {
    let clock = HandClock()
    try await TestRelay.serve(limits: limits, steadyClock: clock) { relay in
      let mailbox = try TestOwner()
      let tags = [AdmissionTag(FixedBytes()), AdmissionTag(try FixedBytes([UInt8](repeating: 1, count: 16)))]
      let owner = try await open(relay, mailbox, tags)
      let (flood, _) = try await relay.connect()
      for number in 0..<4 {
        #expect(isStored(try await flood.ask(.sender(.put(try mailbox.put(number, tag: tags[0]))))))
      }
      let fifth = try await flood.ask(.sender(.put(try mailbox.put(4, tag: tags[0]))))
      #expect(fifth == .refusal(.rateLimited(.seconds(1))))
      // The entry's limit holds on another connection too; another entry passes there.
      let (other, _) = try await relay.connect()
      #expect(
        try await other.ask(.sender(.put(try mailbox.put(4, tag: tags[0])))) == .refusal(.rateLimited(.seconds(1))))
      #expect(isStored(try await other.ask(.sender(.put(try mailbox.put(5, tag: tags[1]))))))
      // The owner's commands are not a sender's.
      for _ in 0..<20 {
        guard case .page = try await owner.ask(.owner(.fetch(try FetchCommand(mailbox: mailbox.id, after: 0)))) else {
          Issue.record("no page")
          return
        }
      }
      clock.advance(by: .seconds(1))
      #expect(isStored(try await flood.ask(.sender(.put(try mailbox.put(4, tag: tags[0]))))))
    }
  }

  /// An address of this machine that is not loopback's.
  private static let ownAddress = try? System.enumerateDevices().compactMap { device -> String? in
    guard case .v4 = device.address, let text = device.address?.ipAddress, !text.hasPrefix("127.") else { return nil }
    return text
  }.first

  @Test(.enabled(if: ownAddress != nil, "this machine has no address but loopback's"))
  func `of one address prefix makes few mailboxes at once, and opens those that are there`() async throws {
    let host = try #require(Self.ownAddress)
    let clock = HandClock()
    let limits = RateLimits(
      connection: limits.connection, entry: limits.entry, address: limits.address,
      registration: .init(capacity: 2, perSecond: 0.1))
    try await TestRelay.serve(limits: limits, steadyClock: clock, listeningOn: host) { relay in
      let mailboxes = try (0..<3).map { _ in try TestOwner() }
      let (socket, hello) = try await relay.connect()
      for mailbox in mailboxes[..<2] {
        guard case .opened = try await socket.ask(.owner(.openMailbox(try mailbox.firstOpening(hello)))) else {
          Issue.record("not opened")
          return
        }
      }
      let third = ClientCommand.owner(.openMailbox(try mailboxes[2].firstOpening(hello)))
      #expect(try await socket.ask(third) == .refusal(.rateLimited(.seconds(10))))
      clock.advance(by: .seconds(10))
      guard case .opened = try await socket.ask(third) else {
        Issue.record("not opened in time")
        return
      }
      let (other, otherHello) = try await relay.connect()
      guard case .opened = try await other.ask(.owner(.openMailbox(try mailboxes[0].reopening(otherHello)))) else {
        Issue.record("what is there was not opened")
        return
      }
    }
  }

  @Test func `is refused whatever it asks, a whole batch at a time`() async throws {
    try await TestRelay.serve(limits: limits, steadyClock: HandClock()) { relay in
      let mailbox = try TestOwner()
      let tag = AdmissionTag(FixedBytes())
      _ = try await open(relay, mailbox, [tag])
      let (flood, _) = try await relay.connect()
      let status = ClientCommand.sender(
        .receiptStatus(try ReceiptStatusCommand(tokens: Array(repeating: CollectedToken(FixedBytes()), count: 6))))
      #expect(try await flood.ask(status) == .receiptStatus(Array(repeating: false, count: 6)))
      let retract = ClientCommand.sender(
        .retract(
          RetractCommand(
            mailbox: mailbox.id, envelopeID: EnvelopeID(FixedBytes()), token: DeletionToken(FixedBytes()))))
      let batch = ClientCommand.sender(.putBatch(try (0..<3).map { try mailbox.put($0, tag: tag) }))
      let fetch = ClientCommand.sender(.fetchBundle(FetchBundleCommand(mailbox: mailbox.id, tag: tag)))
      for (command, seconds) in [(retract, 1), (batch, 3), (fetch, 1), (status, 6)] {
        #expect(try await flood.ask(command) == .refusal(.rateLimited(.seconds(seconds))))
      }
    }
  }
}

@Suite(.timeLimit(.minutes(2))) struct `A sender's connection` {
  @Test func `retracts with done, whatever is there, and hears of no collection that may not be told`() async throws {
    try await TestRelay.serve { relay in
      let mailbox = try TestOwner()
      let tag = AdmissionTag(FixedBytes())
      let (owner, hello) = try await relay.connect()
      _ = try await owner.ask(.owner(.openMailbox(try mailbox.opening(hello))))
      _ = try await owner.ask(.owner(.setAdmission(try mailbox.admission(tag))))
      let (sender, _) = try await relay.connect()
      let token = DeletionToken(FixedBytes())
      let plain = try mailbox.put(1, tag: tag)
      let put = PutCommand(
        mailbox: plain.mailbox, envelopeID: plain.envelopeID, tag: tag, envelope: plain.envelope,
        retention: .day, deletionHash: SenderTokens.hash(token))
      _ = try await sender.ask(.sender(.put(put)))
      let wrong = DeletionToken(try FixedBytes([UInt8](repeating: 9, count: 16)))
      for (mailbox, token) in [(try TestOwner().id, token), (put.mailbox, wrong), (put.mailbox, token)] {
        let command = RetractCommand(mailbox: mailbox, envelopeID: put.envelopeID, token: token)
        #expect(try await sender.ask(.sender(.retract(command))) == .done)
      }
      let fetched = try await owner.ask(.owner(.fetch(try FetchCommand(mailbox: mailbox.id, after: 0))))
      guard case .page(let page) = fetched, case .gap(let gap) = page.items.first else {
        Issue.record("no gap")
        return
      }
      #expect(gap.reason == .retracted(token))
      let status = ClientCommand.sender(
        .receiptStatus(try ReceiptStatusCommand(tokens: [CollectedToken(FixedBytes())])))
      #expect(try await sender.ask(status) == .receiptStatus([false]))
      #expect(try await owner.ask(status) == .refusal(.wrongParty))
    }
  }
}
