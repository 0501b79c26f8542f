import Ambient
import ByteLayout
import GRDB
import RelayCore
import RelayStore
import RelayWire
import TestSupport
import Testing

@Suite struct `That an envelope was collected` {
  private let token = CollectedToken(fixed(0x81))
  /// 800 s after a full quarter of an hour.
  private let toNextQuarter = 100

  private func put(
    _ mailbox: OpenMailbox, _ number: Int = 1, _ token: CollectedToken? = nil
  ) throws -> PutCommand {
    let plain = try mailbox.envelope(number, retention: .day)
    return PutCommand(
      mailbox: plain.mailbox, envelopeID: plain.envelopeID, tag: plain.tag, envelope: plain.envelope,
      retention: .day, deletionHash: SenderTokens.hash(DeletionToken(fixed(0x71))),
      collectedHash: SenderTokens.hash(token ?? self.token))
  }

  private func allow(_ mailbox: OpenMailbox, _ store: any MailboxStore, _ rights: AdmissionRights) async throws {
    try await store.setAdmission(
      try AdmissionChange(mailbox: mailbox.mailbox, add: [mailbox.entry(rights: rights)]))
  }

  @Test(arguments: StoreUnderTest.allCases)
  func `is told from the next full quarter of an hour, across restarts, until its retention ends`(
    kind: StoreUnderTest
  ) async throws {
    let fixture = try kind.make()
    let store = try fixture.mailboxStore
    let mailbox = try await OpenMailbox(store)
    try await allow(mailbox, store, [.put, .tellCollected])
    _ = try await store.put(try put(mailbox))
    #expect(StoreFixture.start.seconds % 900 == 800)
    #expect(try await store.isCollected(token) == [false])
    try await store.acknowledge(mailbox.mailbox, upTo: 1)
    try await store.removeExpired()
    #expect(try await store.isCollected(token) == [false])
    fixture.clock.advance(by: .seconds(toNextQuarter - 1))
    #expect(try await store.isCollected(token) == [false])
    fixture.clock.advance(by: .seconds(1))
    #expect(try await store.isCollected(token) == [true])
    try await fixture.reopen()
    #expect(try await fixture.mailboxStore.isCollected(CollectedToken(fixed(1)), token) == [false, true])
    fixture.clock.advance(by: .seconds(86_400 - toNextQuarter - 1))
    #expect(try await fixture.mailboxStore.isCollected(token) == [true])
    fixture.clock.advance(by: .seconds(1))
    #expect(try await fixture.mailboxStore.isCollected(token) == [false])
    try await fixture.mailboxStore.removeExpired()
    let left = try await DatabaseQueue(path: fixture.directory + "/relay.sqlite").read {
      try Int.fetchOne($0, sql: "SELECT count(*) FROM collected")
    }
    #expect(left == 0)
  }

  @Test(arguments: StoreUnderTest.allCases)
  func `is not told without the right when it was stored, whatever the entry says later`(
    kind: StoreUnderTest
  ) async throws {
    let fixture = try kind.make()
    let store = try fixture.mailboxStore
    let mailbox = try await OpenMailbox(store)
    _ = try await store.put(try put(mailbox))
    try await allow(mailbox, store, [.put, .tellCollected])
    try await store.acknowledge(mailbox.mailbox, upTo: 1)
    try await store.removeExpired()
    fixture.clock.advance(by: .seconds(1_800))
    #expect(try await store.isCollected(token) == [false])
    let kept = try await DatabaseQueue(path: fixture.directory + "/relay.sqlite").read {
      try Int.fetchOne($0, sql: "SELECT count(*) FROM collected")
    }
    #expect(kept == 0)
  }

  @Test(arguments: StoreUnderTest.allCases)
  func `is not told of what waits, was retracted, or expired before`(kind: StoreUnderTest) async throws {
    let fixture = try kind.make()
    let store = try fixture.mailboxStore
    let mailbox = try await OpenMailbox(store)
    try await allow(mailbox, store, [.put, .tellCollected])
    let tokens = (1...4).map { CollectedToken(numbered($0)) }
    for number in 1...3 { _ = try await store.put(try put(mailbox, number, tokens[number - 1])) }
    try await store.retract(try put(mailbox, 1), DeletionToken(fixed(0x71)))
    fixture.clock.advance(by: .seconds(86_400))
    _ = try await store.put(try put(mailbox, 4, tokens[3]))
    try await store.acknowledge(mailbox.mailbox, upTo: 3)
    try await store.removeExpired()
    fixture.clock.advance(by: .seconds(1_800))
    for token in tokens { #expect(try await store.isCollected(token) == [false]) }
    try await store.acknowledge(mailbox.mailbox, upTo: 4)
    try await store.removeExpired()
    fixture.clock.advance(by: .seconds(900))
    #expect(try await store.isCollected(tokens[0], tokens[1], tokens[2], tokens[3]) == [false, false, false, true])
  }

  @Test func `is kept without mailbox and envelope id`() async throws {
    let fixture = try StoreFixture()
    let store = try fixture.mailboxStore
    let mailbox = try await OpenMailbox(store)
    try await allow(mailbox, store, [.put, .tellCollected])
    _ = try await store.put(try put(mailbox))
    try await store.acknowledge(mailbox.mailbox, upTo: 1)
    try await store.removeExpired()
    let times = try await DatabaseQueue(path: fixture.directory + "/relay.sqlite").read {
      try Int.fetchAll($0, sql: "SELECT visible_from FROM collected")
    }
    // To the grid of a quarter of an hour; the columns are those of the list of what is kept.
    #expect(times == [Int(StoreFixture.start.seconds) + toNextQuarter])
  }
}
