import RelayProofs
import Ambient
import ByteLayout
import FoundationEssentials
import GRDB
import RelayCore
import RelayStore
import RelayWire
import TestSupport
import Testing

@Suite struct `A retraction` {
  private let token = DeletionToken(fixed(0x71))

  private func put(_ mailbox: OpenMailbox, _ number: Int, byteCount: Int = 1_024) throws -> PutCommand {
    let plain = try mailbox.envelope(number, byteCount: byteCount, retention: .day)
    return PutCommand(
      mailbox: plain.mailbox, envelopeID: plain.envelopeID, tag: plain.tag, envelope: plain.envelope,
      retention: plain.retention, deletionHash: SenderTokens.hash(token))
  }

  private func reasons(_ page: MailboxPage) -> [LogGap.Reason?] {
    page.items.map { item in
      if case .gap(let gap) = item { return gap.reason }
      return nil
    }
  }

  @Test(arguments: StoreUnderTest.allCases)
  func `with the token leaves a gap that carries it, in an unbroken log`(kind: StoreUnderTest) async throws {
    let fixture = try kind.make()
    let store = try fixture.mailboxStore
    let mailbox = try await OpenMailbox(store)
    let puts = try (1...3).map { try put(mailbox, $0) }
    _ = try await store.put(puts)
    let before = try await store.page(mailbox.mailbox, after: 0)
    try await store.retract(puts[1], token)
    try await fixture.reopen()
    let page = try await fixture.mailboxStore.page(mailbox.mailbox, after: 0)
    #expect(page.seqs == [1, 2, 3])
    #expect(reasons(page) == [nil, .retracted(token), nil])
    #expect(page.checkpoint.checkpoint.head == before.checkpoint.checkpoint.head)
    guard case .gap(let gap) = page.items[1] else { return }
    #expect(gap.leaf == before.envelopes[1].leaf(envelopeHash: MailboxLog.hash(before.envelopes[1].envelope)))
  }

  @Test(arguments: StoreUnderTest.allCases)
  func `with another token, id or mailbox changes nothing and completes alike`(kind: StoreUnderTest) async throws {
    let fixture = try kind.make()
    let store = try fixture.mailboxStore
    let mailbox = try await OpenMailbox(store)
    let other = try await OpenMailbox(store, 0x34)
    _ = try await store.put([try put(mailbox, 1), try put(other, 2)])
    try await store.retract(try put(mailbox, 1), DeletionToken(fixed(0x72)))
    try await store.retract(try put(mailbox, 2), token)
    try await store.retract(try put(other, 1), token)
    let unknown = PutCommand(
      mailbox: MailboxID(fixed(0x99)), envelopeID: EnvelopeID(numbered(1)), tag: mailbox.tag,
      envelope: try Envelope([UInt8](repeating: 1, count: 1_024)), retention: .day, deletionHash: DeletionHash(fixed(0))
    )
    try await store.retract(unknown, token)
    #expect(reasons(try await store.page(mailbox.mailbox, after: 0)) == [nil])
    #expect(reasons(try await store.page(other.mailbox, after: 0)) == [nil])
  }

  @Test(arguments: StoreUnderTest.allCases)
  func `of what is acknowledged, one by one too, changes nothing`(kind: StoreUnderTest) async throws {
    let fixture = try kind.make()
    let store = try fixture.mailboxStore
    let mailbox = try await OpenMailbox(store)
    let puts = try (1...3).map { try put(mailbox, $0) }
    _ = try await store.put(puts)
    try await store.acknowledge(mailbox.mailbox, upTo: 1, seqs: [3])
    for put in puts { try await store.retract(put, token) }
    #expect(reasons(try await store.page(mailbox.mailbox, after: 0)) == [.retracted(token), nil])
  }

  @Test(arguments: StoreUnderTest.allCases)
  func `of what is expired leaves an expired gap`(kind: StoreUnderTest) async throws {
    let fixture = try kind.make()
    let store = try fixture.mailboxStore
    let mailbox = try await OpenMailbox(store)
    _ = try await store.put(try put(mailbox, 1))
    fixture.clock.advance(by: .seconds(86_400))
    try await store.retract(try put(mailbox, 1), token)
    #expect(reasons(try await store.page(mailbox.mailbox, after: 0)) == [.expired])
    try await store.removeExpired()
    try await store.retract(try put(mailbox, 1), token)
    #expect(reasons(try await store.page(mailbox.mailbox, after: 0)) == [.expired])
  }

  @Test(arguments: StoreUnderTest.allCases)
  func `stays one after its time, and its envelope does not come back`(kind: StoreUnderTest) async throws {
    let fixture = try kind.make()
    let store = try fixture.mailboxStore
    let mailbox = try await OpenMailbox(store)
    let first = try put(mailbox, 1)
    _ = try await store.put(first)
    for _ in 1...2 { try await store.retract(first, token) }
    #expect(try await store.put(first) == .repeated(storedAt: 1_790_000_000))
    #expect(try await store.put(try mailbox.envelope(1, content: 9)) == .conflict)
    fixture.clock.advance(by: .seconds(3 * 86_400))
    try await store.removeExpired()
    #expect(reasons(try await store.page(mailbox.mailbox, after: 0)) == [.retracted(token)])
    try await store.acknowledge(mailbox.mailbox, upTo: 1)
    try await store.removeExpired()
    #expect(try await store.page(mailbox.mailbox, after: 0).items.isEmpty)
  }

  @Test func `overwrites the envelope's bytes in the file`() async throws {
    let fixture = try StoreFixture()
    let store = try fixture.mailboxStore
    let mailbox = try await OpenMailbox(store)
    let canary = Array("retracted-canary-0123456789".utf8)
    let command = PutCommand(
      mailbox: mailbox.mailbox, envelopeID: EnvelopeID(numbered(1)), tag: mailbox.tag,
      envelope: try Envelope(canary + [UInt8](repeating: 7, count: 4_096 - canary.count)), retention: .day,
      deletionHash: SenderTokens.hash(token))
    _ = try await store.put(command)
    func holdsCanary() throws -> Bool {
      try Data(contentsOf: URL(filePath: fixture.directory + "/relay.sqlite")).firstRange(of: Data(canary)) != nil
    }
    try await store.removeExpired()  // copies the log into the database
    #expect(try holdsCanary())
    try await store.retract(command, token)
    try await store.removeExpired()
    #expect(try !holdsCanary())
  }

  @Test func `writes to the disk whatever it found, so that its time does not tell`() async throws {
    let fixture = try StoreFixture()
    let store = try fixture.mailboxStore
    let mailbox = try await OpenMailbox(store)
    _ = try await store.put([try put(mailbox, 1), try put(mailbox, 2)])
    try await store.acknowledge(mailbox.mailbox, upTo: 1)
    try await store.removeExpired()
    func log() throws -> Data { try Data(contentsOf: URL(filePath: fixture.directory + "/relay.sqlite-wal")) }
    var before = try log()
    for (number, token) in [(1, token), (2, DeletionToken(fixed(9))), (3, token), (2, token), (2, token)] {
      try await store.retract(try put(mailbox, number), token)
      let after = try log()
      #expect(after != before)
      before = after
    }
  }
}
