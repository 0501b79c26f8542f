import ByteLayout
import FoundationEssentials
import GRDB
import RelayCore
import RelayStore
import RelayWire
import TestSupport
import Testing

@Suite struct `What the SQLite store keeps` {
  /// R8, by table and column.
  private static let allowed: [String: [String]] = [
    "mailbox": [
      "row", "id", "generation", "nonce", "epoch", "head", "head_hash", "acknowledged", "settled", "bytes",
      "request_boundary", "request_older", "request_older_bytes", "request_newer", "request_newer_bytes",
    ],
    "envelope": [
      "row", "mailbox", "seq", "envelope_id", "hash", "stored_at", "expires_at", "deletion_hash", "collected_hash",
      "chain", "body", "deletion_token",
    ],
    "acknowledged_seq": ["mailbox", "seq"],
    "settled": ["mailbox", "envelope_id", "hash", "stored_at", "expires_at"],
    "admission": ["hash", "mailbox", "from_day", "until_day", "uses", "used", "class", "rights"],
    "published": ["mailbox", "lists", "bundle"],
    "one_time": ["row", "mailbox", "item"],
    "closed_mailbox": ["row"],
    "collected": ["hash", "visible_from", "expires_at"],
    "expiry_clock": ["row", "trusted"],
    "registration_use": ["hash", "used"],
    // Names of migrations, and the highest row numbers.
    "grdb_migrations": ["identifier"],
    "sqlite_sequence": ["name", "seq"],
  ]

  private func read<Value>(_ fixture: StoreFixture, _ body: (Database) throws -> Value) throws -> Value {
    try DatabaseQueue(path: fixture.directory + "/relay.sqlite").read(body)
  }

  @Test func `is in the tables and columns of the list, and nowhere else`() throws {
    let fixture = try StoreFixture()
    let found = try read(fixture) { database in
      var found: [String: [String]] = [:]
      for name in try String.fetchAll(database, sql: "SELECT name FROM sqlite_master WHERE type = 'table'") {
        found[name] = try String.fetchAll(database, sql: "SELECT name FROM pragma_table_info(?)", arguments: [name])
      }
      return found
    }
    #expect(found == Self.allowed)
    let files = try FileManager.default.contentsOfDirectory(atPath: fixture.directory)
    #expect(
      Set(files).isSubset(of: ["relay.sqlite", "relay.sqlite-wal", "relay.sqlite-shm", "relay.lock"]))
  }

  @Test func `holds no tag, neither of who was admitted nor of who was not`() async throws {
    let fixture = try StoreFixture()
    let store = try fixture.mailboxStore
    let mailbox = try await OpenMailbox(store)
    let tag = AdmissionTag(try FixedBytes("canary-tag-16byt".utf8))
    let other = AdmissionTag(try FixedBytes("canary-not-admit".utf8))
    try await store.setAdmission(try AdmissionChange(mailbox: mailbox.mailbox, add: [mailbox.entry(tag: tag)]))
    _ = try await store.put(try mailbox.envelope(1, tag: tag))
    _ = try await store.put(try mailbox.envelope(2, tag: other))
    _ = try await store.fetchBundle(mailbox.mailbox, tag)
    try await fixture.reopen()
    for name in try FileManager.default.contentsOfDirectory(atPath: fixture.directory) {
      let bytes = try Data(contentsOf: URL(filePath: fixture.directory + "/" + name))
      #expect(bytes.firstRange(of: Data("canary".utf8)) == nil)
      if name == "relay.sqlite" { #expect(bytes.firstRange(of: Data("CREATE TABLE".utf8)) != nil) }
    }
  }

  @Test func `of an acknowledged envelope is id, hash and time only, and its bytes are overwritten`() async throws {
    let fixture = try StoreFixture()
    let store = try fixture.mailboxStore
    let mailbox = try await OpenMailbox(store)
    let canary = Array("ciphertext-canary-0123456789".utf8)
    let envelope = try Envelope(canary + [UInt8](repeating: 7, count: 1_024 - canary.count))
    for number in 1...40 {
      _ = try await store.put(
        PutCommand(
          mailbox: mailbox.mailbox, envelopeID: EnvelopeID(numbered(number)), tag: mailbox.tag, envelope: envelope,
          retention: .week, deletionHash: DeletionHash(fixed(0x55))))
    }
    func occurrences() throws -> Int {
      var data = try Data(contentsOf: URL(filePath: fixture.directory + "/relay.sqlite"))
      var count = 0
      while let range = data.firstRange(of: Data(canary)) {
        count += 1
        data = Data(data[range.upperBound...])
      }
      return count
    }
    try await fixture.reopen()  // closing copies the log into the database
    #expect(try occurrences() == 40)
    try await fixture.mailboxStore.acknowledge(mailbox.mailbox, upTo: 30)
    try await fixture.mailboxStore.removeExpired()
    #expect(try occurrences() == 10)
    let log = try Data(contentsOf: URL(filePath: fixture.directory + "/relay.sqlite-wal"))
    #expect(log.firstRange(of: Data(canary)) == nil)
    let (live, settled) = try read(fixture) { database in
      (
        try Int.fetchOne(database, sql: "SELECT count(*) FROM envelope") ?? 0,
        try Int.fetchOne(database, sql: "SELECT count(*) FROM settled") ?? 0
      )
    }
    #expect(live == 10)
    #expect(settled == 30)
  }

  @Test func `shrinks to nothing when retention ends and mailboxes close`() async throws {
    let fixture = try StoreFixture()
    let store = try fixture.mailboxStore
    let mailbox = try await OpenMailbox(store)
    let closing = try await OpenMailbox(store, 0x34)
    for number in 1...700 { _ = try await store.put([try mailbox.envelope(number), try closing.envelope(number)]) }
    try await store.acknowledge(mailbox.mailbox, upTo: 700)
    try await store.close(closing.mailbox)
    fixture.clock.advance(by: .seconds(50 * 86_400))
    try await store.removeExpired()
    let counts = try read(fixture) { database in
      try ["envelope", "settled", "admission", "acknowledged_seq", "closed_mailbox"].map {
        try Int.fetchOne(database, sql: "SELECT count(*) FROM \($0)") ?? -1
      }
    }
    #expect(counts == [0, 0, 0, 0, 0])
  }

  @Test func `of an expired envelope is the gap's six fields, without its bytes`() async throws {
    let fixture = try StoreFixture()
    let store = try fixture.mailboxStore
    let mailbox = try await OpenMailbox(store)
    _ = try await store.put(try mailbox.envelope(1, retention: .day))
    fixture.clock.advance(by: .seconds(86_400))
    try await store.removeExpired()
    let bodies = try read(fixture) { try Int.fetchOne($0, sql: "SELECT count(body) FROM envelope") }
    #expect(bodies == 0)
    #expect(try await store.page(mailbox.mailbox, after: 0).seqs == [1])
  }

  @Test func `goes on deleting after a restart what an earlier process left`() async throws {
    let fixture = try StoreFixture()
    let mailbox = try await OpenMailbox(try fixture.mailboxStore)
    for number in 1...10 { _ = try await fixture.mailboxStore.put(try mailbox.envelope(number)) }
    try await fixture.reopen()
    // As a crash between the acknowledgement and the deletion leaves it.
    let old = try fixture.sqlite
    await withCheckedContinuation { done in old.shutDown { done.resume() } }
    try await DatabaseQueue(path: fixture.directory + "/relay.sqlite").write {
      try $0.execute(sql: "UPDATE mailbox SET acknowledged = 10")
    }
    try fixture.open()
    try await fixture.mailboxStore.removeExpired()
    #expect(try read(fixture) { try Int.fetchOne($0, sql: "SELECT count(*) FROM envelope") } == 0)
  }
}
