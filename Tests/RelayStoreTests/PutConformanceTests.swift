import Ambient
import ByteLayout
import RelayCore
import RelayStore
import RelayWire
import TestSupport
import Testing

@Suite struct `A put` {
  private let stored: UInt64 = 1_790_000_000

  @Test(arguments: StoreUnderTest.allCases)
  func `repeated gets the first storedAt again and takes no number`(kind: StoreUnderTest) async throws {
    let fixture = try kind.make()
    let store = try fixture.mailboxStore
    let mailbox = try await OpenMailbox(store)
    let put = try mailbox.envelope(1)
    #expect(try await store.put(put) == .stored(storedAt: stored, seq: 1))
    fixture.clock.advance(by: .seconds(60))
    #expect(try await store.put([put, put]) == [.repeated(storedAt: stored), .repeated(storedAt: stored)])
    #expect(try await store.put(try mailbox.envelope(2)) == .stored(storedAt: stored + 60, seq: 2))
  }

  @Test(arguments: StoreUnderTest.allCases)
  func `repeated within one batch is stored once`(kind: StoreUnderTest) async throws {
    let fixture = try kind.make()
    let store = try fixture.mailboxStore
    let mailbox = try await OpenMailbox(store)
    let put = try mailbox.envelope(1)
    #expect(
      try await store.put([put, put, try mailbox.envelope(2)]) == [
        .stored(storedAt: stored, seq: 1), .repeated(storedAt: stored), .stored(storedAt: stored, seq: 2),
      ])
  }

  @Test(arguments: StoreUnderTest.allCases)
  func `of other bytes under the same id is a conflict, and does not harm its neighbours`(
    kind: StoreUnderTest
  ) async throws {
    let fixture = try kind.make()
    let store = try fixture.mailboxStore
    let mailbox = try await OpenMailbox(store)
    _ = try await store.put(try mailbox.envelope(1))
    let outcomes = try await store.put([
      try mailbox.envelope(2), try mailbox.envelope(1, content: 0xCC), try mailbox.envelope(3),
    ])
    #expect(outcomes == [.stored(storedAt: stored, seq: 2), .conflict, .stored(storedAt: stored, seq: 3)])
    #expect(try await store.page(mailbox.mailbox, after: 0).envelopes[0].envelope.bytes[0] == 1)
  }

  @Test(arguments: StoreUnderTest.allCases)
  func `is idempotent after acknowledgement and restart, until its retention ends`(
    kind: StoreUnderTest
  ) async throws {
    let fixture = try kind.make()
    let mailbox = try await OpenMailbox(try fixture.mailboxStore)
    let put = try mailbox.envelope(1)
    _ = try await fixture.mailboxStore.put(put)
    try await fixture.mailboxStore.acknowledge(mailbox.mailbox, upTo: 1)
    #expect(try await fixture.mailboxStore.put(put) == .repeated(storedAt: stored))
    try await fixture.mailboxStore.removeExpired()
    try await fixture.reopen()
    let store = try fixture.mailboxStore
    #expect(try await store.put(put) == .repeated(storedAt: stored))
    #expect(try await store.put(try mailbox.envelope(1, content: 9)) == .conflict)
    fixture.clock.advance(by: .seconds(7 * 86_400 - 1))
    try await store.removeExpired()
    #expect(try await store.put(put) == .repeated(storedAt: stored))
    fixture.clock.advance(by: .seconds(1))
    try await store.removeExpired()
    #expect(try await store.put(put) == .stored(storedAt: stored + 7 * 86_400, seq: 2))
  }

  @Test(arguments: StoreUnderTest.allCases)
  func `is refused alike for unknown mailbox, unknown tag, spent, out of days and without the right`(
    kind: StoreUnderTest
  ) async throws {
    let fixture = try kind.make()
    let store = try fixture.mailboxStore
    let mailbox = try await OpenMailbox(store)
    let day = StoreFixture.start.day
    let tags = (1...4).map { AdmissionTag(numbered($0)) }
    try await store.setAdmission(
      try AdmissionChange(
        mailbox: mailbox.mailbox,
        add: [
          mailbox.entry(tag: tags[0], uses: 1), mailbox.entry(tag: tags[1], from: day - 2, until: day - 1),
          mailbox.entry(tag: tags[2], from: day + 1), mailbox.entry(tag: tags[3], rights: [.bundle]),
        ]))
    #expect(try await store.put(try mailbox.envelope(1, tag: tags[0])) == .stored(storedAt: stored, seq: 1))

    var elsewhere = try await OpenMailbox(store, 0x35)
    try await store.close(elsewhere.mailbox)
    let refused = [
      try mailbox.envelope(2, tag: tags[0]), try mailbox.envelope(3, tag: tags[1]),
      try mailbox.envelope(4, tag: tags[2]), try mailbox.envelope(5, tag: tags[3]),
      try mailbox.envelope(6, tag: AdmissionTag(numbered(9))), try elsewhere.envelope(7),
    ]
    for put in refused { #expect(try await store.put(put) == .notAdmitted) }
    elsewhere = try await OpenMailbox(store, 0x35)
    // The tag of one mailbox is worth nothing at another, even if its owner registered the same hash there.
    try await store.setAdmission(
      try AdmissionChange(mailbox: elsewhere.mailbox, add: [mailbox.entry()], remove: [elsewhere.entry().hash]))
    #expect(try await store.put(try elsewhere.envelope(8)) == .notAdmitted)
    #expect(try await store.page(mailbox.mailbox, after: 0).seqs == [1])
  }

  @Test(arguments: StoreUnderTest.allCases)
  func `repeated does not count as a use, and is known when its tag is spent`(kind: StoreUnderTest) async throws {
    let fixture = try kind.make()
    let store = try fixture.mailboxStore
    let mailbox = try await OpenMailbox(store, uses: 2)
    let first = try mailbox.envelope(1)
    #expect(try await store.put(first) == .stored(storedAt: stored, seq: 1))
    for _ in 1...5 { #expect(try await store.put(first) == .repeated(storedAt: stored)) }
    #expect(try await store.put(try mailbox.envelope(2)) == .stored(storedAt: stored, seq: 2))
    #expect(try await store.put(first) == .repeated(storedAt: stored))
    #expect(try await store.put(try mailbox.envelope(3)) == .notAdmitted)
    // Without admission nothing tells that an id is taken.
    #expect(try await store.put(try mailbox.envelope(1, content: 7)) == .notAdmitted)
  }

  @Test(arguments: StoreUnderTest.allCases)
  func `registering an entry again keeps its count, and removing it ends it`(kind: StoreUnderTest) async throws {
    let fixture = try kind.make()
    let store = try fixture.mailboxStore
    let mailbox = try await OpenMailbox(store, uses: 1)
    _ = try await store.put(try mailbox.envelope(1))
    let entry = try mailbox.entry(uses: 1)
    try await store.setAdmission(try AdmissionChange(mailbox: mailbox.mailbox, add: [entry]))
    #expect(try await store.put(try mailbox.envelope(2)) == .notAdmitted)
    try await store.setAdmission(try AdmissionChange(mailbox: mailbox.mailbox, add: [entry], remove: [entry.hash]))
    #expect(try await store.put(try mailbox.envelope(2)) == .stored(storedAt: stored, seq: 2))
    try await store.setAdmission(try AdmissionChange(mailbox: mailbox.mailbox, add: [], remove: [entry.hash]))
    #expect(try await store.put(try mailbox.envelope(3)) == .notAdmitted)
  }

  @Test(arguments: StoreUnderTest.allCases)
  func `of an ephemeral envelope is admitted or refused, and never stored`(kind: StoreUnderTest) async throws {
    let fixture = try kind.make()
    let store = try fixture.mailboxStore
    let mailbox = try await OpenMailbox(store)
    #expect(try await store.put(try mailbox.envelope(1, isEphemeral: true)) == .acceptedEphemeral)
    #expect(
      try await store.put(try mailbox.envelope(2, tag: AdmissionTag(numbered(9)), isEphemeral: true)) == .notAdmitted)
    let page = try await store.page(mailbox.mailbox, after: 0)
    #expect(page.items.isEmpty && page.head == 0)
    #expect(try await store.put(try mailbox.envelope(1)) == .stored(storedAt: stored, seq: 1))
  }
}
