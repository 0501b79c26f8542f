import ByteLayout
import Dispatch
import FoundationEssentials
import GRDB
import Glibc
import RelayCore
import RelayProofs
import RelayStore
import RelaySupport
import RelayWire
import Synchronization
import Testing

private struct Refused: Error {}

@Suite struct `The SQLite store is durable` {
  @Test func `the writer's synchronous reads FULL at every start`() async throws {
    let fixture = try StoreFixture()
    for _ in 1...3 {
      #expect(try fixture.sqlite.synchronousSetting() == 2)
      try await fixture.reopen()
    }
  }

  @Test func `a failed commit fails its whole group, stores nothing, and the next goes on`() async throws {
    let fails = Mutex(false)
    var tuning = StoreTuning()
    tuning.beforeCommit = { if fails.withLock({ $0 }) { throw Refused() } }
    let fixture = try StoreFixture(tuning: tuning)
    let store = try fixture.mailboxStore
    let mailbox = try await OpenMailbox(store)
    _ = try await store.put(try mailbox.envelope(1))
    fails.withLock { $0 = true }
    await #expect(throws: StoreError.unavailable) {
      try await store.put([try mailbox.envelope(2), try mailbox.envelope(3)])
    }
    await #expect(throws: StoreError.unavailable) { try await store.acknowledge(mailbox.mailbox, upTo: 1) }
    await #expect(throws: StoreError.unavailable) {
      try await store.open(
        mailbox.mailbox, Fence(generation: 1, nonce: FenceNonce(fixed(1))), next: FenceNonce(fixed(2)))
    }
    fails.withLock { $0 = false }
    #expect(try await store.page(mailbox.mailbox, after: 0).seqs == [1])
    // No number was used up by what was not stored, and the fence did not move.
    #expect(try await store.put(try mailbox.envelope(2)) == .stored(storedAt: 1_790_000_000, seq: 2))
    let reply = try await store.open(
      mailbox.mailbox, Fence(generation: 1, nonce: FenceNonce(fixed(1))), next: FenceNonce(fixed(3))
    ).reply
    #expect(reply?.generation == 2)
    #expect(reply?.acknowledged == 0)
  }

  @Test func `no completion comes before its commit`() async throws {
    let events = Mutex<[String]>([])
    var tuning = StoreTuning()
    tuning.beforeCommit = { events.withLock { $0.append("commit") } }
    let fixture = try StoreFixture(tuning: tuning)
    let store = try fixture.mailboxStore
    let mailbox = try await OpenMailbox(store)
    events.withLock { $0 = [] }
    let directory = fixture.directory
    let seen = Mutex(0)
    for number in 1...5 {
      let put = try mailbox.envelope(number)
      await withCheckedContinuation { done in
        store.put([put]) { _ in
          events.withLock { $0.append("receipt") }
          // Another connection sees it already.
          let count = try? DatabaseQueue(path: directory + "/relay.sqlite").read {
            try Int.fetchOne($0, sql: "SELECT count(*) FROM envelope")
          }
          seen.withLock { $0 = count ?? -1 }
          done.resume()
        }
      }
      #expect(seen.withLock { $0 } == number)
    }
    #expect(events.withLock { $0 } == Array(repeating: ["commit", "receipt"], count: 5).flatMap { $0 })
  }

  @Test func `a page does not wait for a write, and does not see it before its commit`() async throws {
    let blocks = Mutex(false)
    let reached = DispatchSemaphore(value: 0)
    let goesOn = DispatchSemaphore(value: 0)
    var tuning = StoreTuning()
    tuning.beforeCommit = {
      guard blocks.withLock({ $0 }) else { return }
      reached.signal()
      goesOn.wait()
    }
    let fixture = try StoreFixture(tuning: tuning)
    let store = try fixture.mailboxStore
    let mailbox = try await OpenMailbox(store)
    _ = try await store.put(try mailbox.envelope(1))
    blocks.withLock { $0 = true }
    async let second = store.put(try mailbox.envelope(2))
    await withCheckedContinuation { done in
      DispatchQueue.global().async {
        reached.wait()
        done.resume()
      }
    }
    #expect(try await store.page(mailbox.mailbox, after: 0).seqs == [1])
    blocks.withLock { $0 = false }
    goesOn.signal()
    #expect(try await second == .stored(storedAt: 1_790_000_000, seq: 2))
    #expect(try await store.page(mailbox.mailbox, after: 0).seqs == [1, 2])
  }

  @Test func `a full disk refuses with unavailable, loses nothing and takes no number`() async throws {
    var tuning = StoreTuning()
    tuning.maximumPageCount = 400  // 1.6 MB
    let fixture = try StoreFixture(tuning: tuning)
    let store = try fixture.mailboxStore
    let mailbox = try await OpenMailbox(store)
    var stored: UInt64 = 0
    var refusals = 0
    for number in 1...60 {
      do {
        guard case .stored(_, let seq) = try await store.put(try mailbox.envelope(number, byteCount: 65_536)) else {
          Issue.record("neither stored nor unavailable")
          return
        }
        stored += 1
        #expect(seq == stored)
      } catch {
        #expect(error as? StoreError == .unavailable)
        refusals += 1
      }
    }
    #expect(stored > 5)
    #expect(refusals > 5)
    let page = try await store.page(mailbox.mailbox, after: 0)
    #expect(page.head == stored)
    #expect(page.seqs.first == 1)
    // Making room makes it go on with the next number.
    try await store.acknowledge(mailbox.mailbox, upTo: stored)
    try await store.removeExpired()
    #expect(
      try await store.put(try mailbox.envelope(100, byteCount: 65_536))
        == .stored(storedAt: 1_790_000_000, seq: stored + 1))
  }

  @Test func `many writers at once fill groups, and every mailbox's log stays whole`() async throws {
    let commits = Mutex(0)
    var tuning = StoreTuning()
    tuning.beforeCommit = { commits.withLock { $0 += 1 } }
    let fixture = try StoreFixture(tuning: tuning)
    let store = try fixture.mailboxStore
    var opened: [OpenMailbox] = []
    for byte in UInt8(1)...8 { opened.append(try await OpenMailbox(store, byte)) }
    let mailboxes = opened
    commits.withLock { $0 = 0 }
    let seqs = try await withThrowingTaskGroup(of: (Int, UInt64).self) { group in
      for number in 0..<800 {
        let put = try mailboxes[number % 8].envelope(number)
        group.addTask {
          guard case .stored(_, let seq) = try await store.put(put) else { throw Refused() }
          return (number % 8, seq)
        }
      }
      return try await group.reduce(into: [[UInt64]](repeating: [], count: 8)) { $0[$1.0].append($1.1) }
    }
    for seqs in seqs { #expect(seqs.sorted() == Array(1...100)) }
    #expect(commits.withLock { $0 } < 400)
    for mailbox in mailboxes {
      let page = try await store.page(mailbox.mailbox, after: 0)
      var head = MailboxLog.start(relayKey: fixture.key.relayKey, mailbox: mailbox.mailbox)
      for envelope in page.envelopes {
        head = MailboxLog.head(after: head, envelope.leaf(envelopeHash: MailboxLog.hash(envelope.envelope)))
      }
      #expect(page.checkpoint.checkpoint.head == head)
      #expect(page.items.count == 100)
    }
  }

  @Test func `the write-ahead log stays bounded under load`() async throws {
    var tuning = StoreTuning()
    tuning.checkpointPages = 128
    tuning.backstopPages = 512
    let fixture = try StoreFixture(tuning: tuning)
    let store = try fixture.mailboxStore
    let mailbox = try await OpenMailbox(store)
    var largest = 0
    for number in 0..<40 {
      let puts = try (0..<8).map { try mailbox.envelope(number * 8 + $0, byteCount: 65_536) }
      _ = try await store.put(puts)
      let attributes = try FileManager.default.attributesOfItem(atPath: fixture.directory + "/relay.sqlite-wal")
      largest = max(largest, (attributes[.size] as? Int) ?? 0)
    }
    // 20 MiB went through it; 512 pages are 2 MiB, and the groups of 8 that are written before the backstop acts come on top.
    #expect(largest > 0)
    #expect(largest < 5 << 20)
    #expect(try await store.page(mailbox.mailbox, after: 0).head == 320)
  }

  @Test func `a second store on the same directory is refused`() async throws {
    let fixture = try StoreFixture()
    #expect(throws: StoreError.inUse) {
      try SQLiteMailboxStore(
        directory: fixture.directory, signer: fixture.key, clock: fixture.clock)
    }
  }

  @Test func `after shutting down everything is refused, and what was given before is kept`() async throws {
    let fixture = try StoreFixture()
    let store = try fixture.mailboxStore
    let mailbox = try await OpenMailbox(store)
    let put = try mailbox.envelope(1)
    let outcome = Mutex<[PutAnswer]?>(nil)
    store.put([put]) { result in outcome.withLock { $0 = try? result.get() } }
    await withCheckedContinuation { done in store.shutDown { done.resume() } }
    #expect(outcome.withLock { $0?.map(\.outcome) } == [.stored(storedAt: 1_790_000_000, seq: 1)])
    await #expect(throws: StoreError.unavailable) { try await store.put(put) }
    await #expect(throws: StoreError.unavailable) { try await store.page(mailbox.mailbox, after: 0) }
    try fixture.open()
    #expect(try await fixture.mailboxStore.page(mailbox.mailbox, after: 0).seqs == [1])
  }

  @Test func `the files are its owner's alone`() async throws {
    let fixture = try StoreFixture()
    _ = try await OpenMailbox(try fixture.mailboxStore)
    for name in ["relay.sqlite", "relay.sqlite-wal", "relay.lock"] {
      var status = stat()
      #expect(stat(fixture.directory + "/" + name, &status) == 0)
      #expect(status.st_mode & 0o077 == 0)
    }
  }

  @Test func `a file that is no database is damaged, not overwritten`() async throws {
    let fixture = try StoreFixture()
    let directory = fixture.directory + "-damaged"
    defer { try? FileManager.default.removeItem(atPath: directory) }
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
    let garbage = Data(repeating: 0x5A, count: 8_192)
    try garbage.write(to: URL(filePath: directory + "/relay.sqlite"))
    #expect(throws: StoreError.damaged) {
      try SQLiteMailboxStore(directory: directory, signer: fixture.key, clock: fixture.clock)
    }
    #expect(try Data(contentsOf: URL(filePath: directory + "/relay.sqlite")) == garbage)
  }
}
