import GRDB
import RelayCore
import RelayStore
import RelayWire
import Synchronization
import Testing

@Suite struct `What may wait is gathered` {
  /// Longer than any test: only what a test does itself ends the waiting.
  private static let forever = Duration.seconds(3_600)

  /// A store that counts its commits.
  private final class Counted: Sendable {
    let fixture: StoreFixture
    private let commits: Mutex<Int>

    init(_ change: (inout StoreTuning) -> Void) throws {
      let counter = Counter()
      var tuning = StoreTuning()
      change(&tuning)
      tuning.beforeCommit = { counter.count.withLock { $0 += 1 } }
      fixture = try StoreFixture(tuning: tuning)
      self.counter = counter
      commits = Mutex(0)
    }

    private let counter: Counter

    private final class Counter: Sendable {
      let count = Mutex(0)
    }

    /// Commits since the last call.
    func taken() -> Int {
      let now = counter.count.withLock { $0 }
      return commits.withLock { last in
        defer { last = now }
        return now - last
      }
    }

    func envelopes() throws -> Int {
      try DatabaseQueue(path: fixture.directory + "/relay.sqlite").read {
        try Int.fetchOne($0, sql: "SELECT count(*) FROM envelope")
      } ?? -1
    }
  }

  @Test func `an acknowledgement waits for a put and is committed with it`() async throws {
    let counted = try Counted { ($0.patience, $0.lazyDelay) = (Self.forever, Self.forever) }
    let store = try counted.fixture.mailboxStore
    let mailbox = try await OpenMailbox(store)
    _ = try await store.put(try mailbox.envelope(1))
    _ = counted.taken()
    let command = try AcknowledgeCommand(mailbox: mailbox.mailbox, upTo: 1, seqs: [])
    let answers = Mutex<[String]>([])
    store.acknowledge(command) { _ in answers.withLock { $0.append("acknowledged") } }
    #expect(answers.withLock { $0 } == [])
    #expect(try await store.put(try mailbox.envelope(2)) == .stored(storedAt: 1_790_000_000, seq: 2))
    #expect(answers.withLock { $0 } == ["acknowledged"])
    #expect(counted.taken() == 1)
    #expect(try await store.page(mailbox.mailbox, after: 0).seqs == [2])
  }

  @Test func `an acknowledgement without company is committed when its patience ends`() async throws {
    let counted = try Counted { $0.patience = .milliseconds(1) }
    let store = try counted.fixture.mailboxStore
    let mailbox = try await OpenMailbox(store)
    _ = try await store.put(try mailbox.envelope(1))
    try await store.acknowledge(mailbox.mailbox, upTo: 1)
    #expect(try await store.page(mailbox.mailbox, after: 0).seqs == [])
  }

  @Test func `a store that ends commits what still waits`() async throws {
    let counted = try Counted { $0.patience = Self.forever }
    let store = try counted.fixture.mailboxStore
    let mailbox = try await OpenMailbox(store)
    _ = try await store.put(try mailbox.envelope(1))
    let results = Mutex<[Bool]>([])
    store.acknowledge(try AcknowledgeCommand(mailbox: mailbox.mailbox, upTo: 1, seqs: [])) { result in
      if case .success = result { results.withLock { $0.append(true) } }
    }
    try await counted.fixture.reopen()
    #expect(results.withLock { $0 } == [true])
    #expect(try await counted.fixture.mailboxStore.page(mailbox.mailbox, after: 0).seqs == [])
  }

  @Test func `acknowledged envelopes of many mailboxes are deleted in one commit`() async throws {
    let counted = try Counted { ($0.patience, $0.lazyDelay, $0.lazyBatch) = (.zero, Self.forever, 20) }
    let store = try counted.fixture.mailboxStore
    var mailboxes: [OpenMailbox] = []
    for byte in UInt8(1)...10 { mailboxes.append(try await OpenMailbox(store, byte)) }
    for mailbox in mailboxes {
      _ = try await store.put([try mailbox.envelope(1), try mailbox.envelope(2), try mailbox.envelope(3)])
    }
    for mailbox in mailboxes { try await store.acknowledge(mailbox.mailbox, upTo: 1) }
    // A write more, so that everything has been done that the acknowledgements began.
    _ = try await store.put(try mailboxes[0].envelope(4))
    #expect(try counted.envelopes() == 31)
    _ = counted.taken()
    // The sweep does not wait: one commit deletes, one finds nothing that expired.
    try await store.removeExpired()
    #expect(try counted.envelopes() == 21)
    #expect(counted.taken() == 2)
  }

  @Test(arguments: [(Duration.zero, 2), (Self.forever, 5)])
  func `while somebody writes now and then, one commit deletes 16 at most`(
    liveTime: Duration, commits: Int
  ) async throws {
    let counted = try Counted { ($0.patience, $0.lazyDelay, $0.liveTime) = (.zero, Self.forever, liveTime) }
    let store = try counted.fixture.mailboxStore
    let mailbox = try await OpenMailbox(store)
    _ = try await store.put((1...60).map { try mailbox.envelope($0) })
    try await store.acknowledge(mailbox.mailbox, upTo: 50)
    #expect(try counted.envelopes() == 60)
    _ = counted.taken()
    // Its last commit finds nothing that expired.
    try await store.removeExpired()
    #expect(try counted.envelopes() == 10)
    #expect(counted.taken() == commits)
  }

  @Test(.timeLimit(.minutes(5))) func `a batch of acknowledged envelopes does not wait`() async throws {
    let (commits, continuation) = AsyncStream.makeStream(of: Void.self)
    var tuning = StoreTuning()
    (tuning.patience, tuning.lazyDelay, tuning.lazyBatch) = (.zero, Self.forever, 20)
    tuning.beforeCommit = { continuation.yield() }
    let fixture = try StoreFixture(tuning: tuning)
    let store = try fixture.mailboxStore
    let mailbox = try await OpenMailbox(store)
    _ = try await store.put((1...30).map { try mailbox.envelope($0) })
    try await store.acknowledge(mailbox.mailbox, upTo: 25)
    // Opening, admission, put, acknowledgement, and the deletion that nobody asked for.
    var iterator = commits.makeAsyncIterator()
    for _ in 1...5 { #expect(await iterator.next() != nil) }
    #expect(try await store.page(mailbox.mailbox, after: 0).seqs == [26, 27, 28, 29, 30])
  }

  @Test func `what was not deleted yet is deleted at the next start`() async throws {
    let counted = try Counted { ($0.patience, $0.lazyDelay) = (.zero, Self.forever) }
    let store = try counted.fixture.mailboxStore
    let mailbox = try await OpenMailbox(store)
    _ = try await store.put([try mailbox.envelope(1), try mailbox.envelope(2)])
    try await store.acknowledge(mailbox.mailbox, upTo: 1)
    #expect(try counted.envelopes() == 2)
    try await counted.fixture.reopen()
    // Behind what the start began.
    _ = try await counted.fixture.mailboxStore.put(try mailbox.envelope(3))
    try await counted.fixture.mailboxStore.removeExpired()
    #expect(try counted.envelopes() == 2)
    #expect(try await counted.fixture.mailboxStore.put(try mailbox.envelope(1)) == .repeated(storedAt: 1_790_000_000))
  }
}
