import FoundationEssentials
import GRDB
import RelayCore
import RelayStore
import RelayWire
import TestSupport
import Testing

@Suite struct WriteAheadLogTests {
  private func log(_ fixture: StoreFixture) throws -> Data {
    try Data(contentsOf: URL(filePath: fixture.directory + "/relay.sqlite-wal"))
  }

  @Test func `keeps its length after a sweep, holds zeros behind its end, and goes on at the front`() async throws {
    let fixture = try StoreFixture()
    let store = try fixture.mailboxStore
    let mailbox = try await OpenMailbox(store)
    for number in 1...60 { _ = try await store.put(try mailbox.envelope(number, content: 0xC5)) }
    try await store.acknowledge(mailbox.mailbox, upTo: 60)
    let content = Data(repeating: 0xC5, count: 64)
    let full = try log(fixture)
    #expect(full.firstRange(of: content) != nil)
    try await store.removeExpired()
    let swept = try log(fixture)
    #expect(swept.count >= full.count)
    #expect(swept.firstRange(of: content) == nil)
    #expect(swept.suffix(swept.count / 2).allSatisfy { $0 == 0 })
    _ = try await store.put(try mailbox.envelope(61))
    #expect(try log(fixture).count == swept.count)
  }

  @Test func `loses nothing that was acknowledged, whenever the process ends`() async throws {
    var tuning = StoreTuning()
    tuning.checkpointPages = 64
    tuning.backstopPages = 256
    tuning.lazyDelay = .zero
    let fixture = try StoreFixture(tuning: tuning)
    let store = try fixture.mailboxStore
    let mailbox = try await OpenMailbox(store)
    var number = 0
    var acknowledged = 0
    var random = SystemRandomNumberGenerator()
    for round in 1...60 {
      for _ in 0..<Int.random(in: 1...20, using: &random) {
        number += 1
        _ = try await store.put(try mailbox.envelope(number, byteCount: 4_096))
      }
      if Bool.random(using: &random) {
        // Nothing before the first envelope can be acknowledged: a command that says so is refused.
        acknowledged = Int.random(in: max(1, acknowledged)...number, using: &random)
        try await store.acknowledge(mailbox.mailbox, upTo: UInt64(acknowledged))
      }
      if round % 3 == 0 { try await store.removeExpired() }
      let (first, last) = try await remains(of: fixture, mailbox.mailbox)
      #expect(last == number)
      // What is acknowledged may be deleted or not, nothing else.
      #expect(first <= acknowledged + 1)
    }
  }

  /// The numbers of the envelopes in a copy of the files, opened as after a crash.
  private func remains(of fixture: StoreFixture, _ mailbox: MailboxID) async throws -> (first: Int, last: Int) {
    let copy = fixture.directory + "/copy"
    try FileManager.default.createDirectory(atPath: copy, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(atPath: copy) }
    // What a crash leaves is of one moment: nothing was committed, copied or erased while the files were read.
    var (before, database) = (Data(), Data())
    repeat {
      before = try log(fixture)
      database = try Data(contentsOf: URL(filePath: fixture.directory + "/relay.sqlite"))
    } while try log(fixture) != before
    try before.write(to: URL(filePath: copy + "/relay.sqlite-wal"))
    try database.write(to: URL(filePath: copy + "/relay.sqlite"))
    let opened = try DatabaseQueue(path: copy + "/relay.sqlite")
    defer { try? opened.close() }
    return try await opened.read { database in
      #expect(try String.fetchOne(database, sql: "PRAGMA integrity_check") == "ok")
      let seqs = try Int.fetchAll(database, sql: "SELECT seq FROM envelope ORDER BY seq")
      let head = try #require(try Int.fetchOne(database, sql: "SELECT head FROM mailbox"))
      return (seqs.first ?? head + 1, head)
    }
  }

  @Test func `who waits for a sweep is answered, at whatever moment the store ends`() async throws {
    for round in 0..<16 {
      let fixture = try StoreFixture()
      let store = try fixture.sqlite
      let mailbox = try await OpenMailbox(store)
      for number in 1...40 { _ = try await store.put(try mailbox.envelope(number, byteCount: 4_096)) }
      try await store.acknowledge(mailbox.mailbox, upTo: 40)
      async let sweep: Void = store.removeExpired()
      // Before it has begun, while a piece of the log is erased, or when all is done.
      try await ContinuousClock().sleep(for: .microseconds(round * round * 50))
      await withCheckedContinuation { done in store.shutDown { done.resume() } }
      // A sweep that came too late is refused, which is an answer as well.
      do { try await sweep } catch let error as StoreError { #expect(error == .unavailable) }
    }
  }

  @Test func `is erased at the next sweep if a reader was just at work`() async throws {
    let fixture = try StoreFixture()
    let store = try fixture.mailboxStore
    let mailbox = try await OpenMailbox(store)
    for number in 1...20 { _ = try await store.put(try mailbox.envelope(number, content: 0xC5)) }
    try await store.acknowledge(mailbox.mailbox, upTo: 20)
    let content = Data(repeating: 0xC5, count: 64)
    var configuration = Configuration()
    configuration.allowsUnsafeTransactions = true
    let reader = try DatabaseQueue(path: fixture.directory + "/relay.sqlite", configuration: configuration)
    try reader.inDatabase { database in
      try database.execute(sql: "BEGIN")
      _ = try Int.fetchOne(database, sql: "SELECT count(*) FROM envelope")
    }
    try await store.removeExpired()
    #expect(try log(fixture).firstRange(of: content) != nil)
    try reader.inDatabase { try $0.execute(sql: "COMMIT") }
    try reader.close()
    try await store.removeExpired()
    #expect(try log(fixture).firstRange(of: content) == nil)
    #expect(try await store.page(mailbox.mailbox, after: 0).head == 20)
  }
}
