import Ambient
import ByteLayout
import GRDB
import RelayCore
import RelayStore
import RelayWire
import TestSupport
import Testing

@Suite struct `When the clock jumps, a store` {
  private let year = Duration.seconds(365 * 86_400)

  private func bodies(_ fixture: StoreFixture) throws -> Int {
    try DatabaseQueue(path: fixture.directory + "/relay.sqlite").read {
      try Int.fetchOne($0, sql: "SELECT count(body) FROM envelope") ?? -1
    }
  }

  @Test func `deletes nothing at once for a year ahead, shows no gap and goes on admitting, also after a restart`()
    async throws
  {
    let pace = OwnPace()
    let fixture = try StoreFixture(steady: pace)
    let mailbox = try await OpenMailbox(try fixture.mailboxStore)
    for (number, retention) in [Retention.day, .week, .month].enumerated() {
      _ = try await fixture.mailboxStore.put(try mailbox.envelope(number, retention: retention))
    }
    fixture.clock.advance(by: year)
    try await fixture.mailboxStore.removeExpired()
    #expect(try await fixture.mailboxStore.page(mailbox.mailbox, after: 0).envelopes.count == 3)
    try await fixture.reopen()
    try await fixture.mailboxStore.removeExpired()
    #expect(try bodies(fixture) == 3)
    // Set right again, the tag still admits: the entries of today were not deleted either.
    fixture.clock.set(StoreFixture.start)
    #expect(
      try await fixture.mailboxStore.put(try mailbox.envelope(9)) == .stored(storedAt: 1_790_000_000, seq: 4))
  }

  @Test func `deletes a week's worth a day while the clock stays wrong`() async throws {
    let pace = OwnPace()
    let fixture = try StoreFixture(steady: pace)
    let store = try fixture.mailboxStore
    let mailbox = try await OpenMailbox(store)
    for (number, retention) in [Retention.day, .week, .month].enumerated() {
      _ = try await store.put(try mailbox.envelope(number, retention: retention))
    }
    fixture.clock.advance(by: year)
    pace.advance(by: .seconds(86_400 / 7 - 10))
    try await store.removeExpired()
    #expect(try bodies(fixture) == 3)
    pace.advance(by: .seconds(20))
    try await store.removeExpired()
    #expect(try bodies(fixture) == 2)
    pace.advance(by: .seconds(86_400))
    try await store.removeExpired()
    #expect(try bodies(fixture) == 1)
    pace.advance(by: .seconds(5 * 86_400))
    try await store.removeExpired()
    #expect(try bodies(fixture) == 0)
  }

  @Test func `deletes nothing early for a clock that was behind and is set right`() async throws {
    let pace = OwnPace()
    let fixture = try StoreFixture(steady: pace)
    let store = try fixture.mailboxStore
    let mailbox = try await OpenMailbox(store)
    _ = try await store.put(try mailbox.envelope(1, retention: .day))
    fixture.clock.set(WallTime(seconds: 0))
    pace.advance(by: .seconds(3_600))
    try await store.removeExpired()
    #expect(try bodies(fixture) == 1)
    fixture.clock.set(StoreFixture.start.advanced(by: .seconds(3_600)))
    try await store.removeExpired()
    #expect(try bodies(fixture) == 1)
    fixture.clock.advance(by: .seconds(86_400 - 3_600))
    pace.advance(by: .seconds(86_400 - 3_600))
    try await store.removeExpired()
    #expect(try bodies(fixture) == 0)
  }

  @Test func `keeps idempotency records and gaps by the same time`() async throws {
    let pace = OwnPace()
    let fixture = try StoreFixture(steady: pace)
    let store = try fixture.mailboxStore
    let mailbox = try await OpenMailbox(store)
    let put = try mailbox.envelope(1, retention: .day)
    _ = try await store.put([put, try mailbox.envelope(2, retention: .day)])
    try await store.acknowledge(mailbox.mailbox, upTo: 1)
    fixture.clock.advance(by: year)
    try await store.removeExpired()
    fixture.clock.set(StoreFixture.start)
    #expect(try await store.put(put) == .repeated(storedAt: 1_790_000_000))
    fixture.clock.advance(by: .seconds(86_400))
    pace.advance(by: .seconds(86_400))
    try await store.removeExpired()
    let gaps = try await store.page(mailbox.mailbox, after: 1)
    #expect(gaps.seqs == [2] && gaps.envelopes.isEmpty)
    #expect(try await store.put(put) == .stored(storedAt: 1_790_086_400, seq: 3))
  }

  @Test func `removes expired envelopes batch by batch, and each once`() async throws {
    var tuning = StoreTuning()
    tuning.lazyBatch = 16
    let fixture = try StoreFixture(tuning: tuning)
    let store = try fixture.mailboxStore
    let one = try await OpenMailbox(store)
    let two = try await OpenMailbox(store, 0x34)
    for number in 1...50 {
      _ = try await store.put([
        try one.envelope(number, retention: .day), try two.envelope(number, retention: number % 2 == 0 ? .day : .week),
      ])
    }
    fixture.clock.advance(by: .seconds(86_400))
    try await store.removeExpired()
    #expect(try bodies(fixture) == 25)
    let counted = try await DatabaseQueue(path: fixture.directory + "/relay.sqlite").read {
      try Int.fetchAll($0, sql: "SELECT bytes FROM mailbox ORDER BY row")
    }
    #expect(counted == [0, 25 * 1_024])
    #expect(try await store.page(two.mailbox, after: 0).seqs == Array(1...50))
  }
}
