import RelayProofs
import Ambient
import ByteLayout
import FoundationEssentials
import GRDB
import RelayCore
import RelayStore
import RelaySupport
import RelayWire
import TestSupport
import Testing

@Suite struct `The check of a store` {
  private let token = DeletionToken(fixed(0x71))

  /// A store with envelopes, gaps of both kinds, an acknowledged part and a closed mailbox.
  private func filled() async throws -> (fixture: StoreFixture, mailbox: OpenMailbox) {
    let fixture = try StoreFixture()
    let store = try fixture.mailboxStore
    let mailbox = try await OpenMailbox(store)
    let closing = try await OpenMailbox(store, 0x34)
    for number in 1...10 {
      let plain = try mailbox.envelope(number, byteCount: 2_048, retention: number < 4 ? .day : .week)
      let put = PutCommand(
        mailbox: plain.mailbox, envelopeID: plain.envelopeID, tag: plain.tag, envelope: plain.envelope,
        retention: plain.retention, deletionHash: SenderTokens.hash(token))
      _ = try await store.put([put, try closing.envelope(number)])
      if number == 6 { try await store.retract(put, token) }
    }
    try await store.close(closing.mailbox)
    fixture.clock.advance(by: .seconds(86_400))
    try await store.acknowledge(mailbox.mailbox, upTo: 2, seqs: [4])
    try await store.removeExpired()
    return (fixture, mailbox)
  }

  private func problems(_ fixture: StoreFixture, key: RelayKey?? = .none) throws -> [String] {
    try StoreCheck.run(
      directory: fixture.directory, relayKey: key ?? fixture.key.relayKey, now: fixture.clock.now())
  }

  /// Changes the file behind the store's back.
  private func damage(_ fixture: StoreFixture, _ sql: String) async throws {
    let store = try fixture.sqlite
    await withCheckedContinuation { done in store.shutDown { done.resume() } }
    try await DatabaseQueue(path: fixture.directory + "/relay.sqlite").write { try $0.execute(sql: sql) }
  }

  @Test func `finds nothing wrong while the store is open, after it is closed, and without the key`() async throws {
    let (fixture, _) = try await filled()
    #expect(try problems(fixture).isEmpty)
    #expect(try problems(fixture, key: .some(nil)).isEmpty)
    try await fixture.reopen()
    let store = try fixture.sqlite
    await withCheckedContinuation { done in store.shutDown { done.resume() } }
    #expect(try problems(fixture).isEmpty)
  }

  @Test(arguments: [
    ("UPDATE envelope SET body = zeroblob(2048) WHERE seq = 9", "seq 9: its bytes are not those that were stored"),
    ("UPDATE envelope SET body = NULL WHERE seq = 9", "seq 9: a gap before its time, without a token"),
    (
      "UPDATE envelope SET deletion_token = zeroblob(16) WHERE seq = 6", "seq 6: a gap with a token that is not its own"
    ),
    ("UPDATE envelope SET deletion_token = zeroblob(16) WHERE seq = 9", "seq 9: retracted, and still there"),
    ("UPDATE envelope SET stored_at = 1 WHERE seq = 9", "seq 9: its hash does not follow from the one before"),
    ("UPDATE envelope SET chain = zeroblob(32) WHERE seq = 10", "the head's hash is not the log's"),
    ("DELETE FROM envelope WHERE seq = 7", "seq 8: follows 6"),
    ("DELETE FROM envelope WHERE seq = 10", "the log ends at 9, its head is 10"),
    ("DELETE FROM envelope WHERE seq = 3", "seq 4: follows 2"),
    ("UPDATE mailbox SET bytes = bytes + 1", "counts 12289 bytes, has 12288"),
    ("UPDATE mailbox SET acknowledged = 11", "settled 2, acknowledged 11, head 10"),
    ("UPDATE mailbox SET head_hash = zeroblob(32)", "the head's hash is not the log's"),
    ("UPDATE mailbox SET head_hash = zeroblob(31)", "a column holds what no relay wrote"),
    ("INSERT INTO acknowledged_seq VALUES (1, 11)", "1 single acknowledgements outside the log"),
    ("UPDATE envelope SET mailbox = 77 WHERE seq = 10", "envelope: 1 rows without a mailbox"),
    ("INSERT INTO one_time(mailbox, item) VALUES (77, x'00')", "one_time: 1 rows without a mailbox"),
  ])
  func `finds what was changed behind its back`(sql: String, problem: String) async throws {
    let (fixture, _) = try await filled()
    try await damage(fixture, sql)
    let found = try problems(fixture)
    #expect(found.contains { $0.hasSuffix(problem) }, "\(found)")
  }

  @Test func `finds a log that another relay's key began`() async throws {
    let fixture = try StoreFixture()
    let store = try fixture.mailboxStore
    let mailbox = try await OpenMailbox(store)
    #expect(try problems(fixture, key: RelayKey(fixed(0x12))).count == 1)
    _ = try await store.put(try mailbox.envelope(1))
    #expect(try problems(fixture, key: RelayKey(fixed(0x12))).count == 1)
    #expect(try problems(fixture).isEmpty)
  }

  @Test func `names no mailbox`() async throws {
    let (fixture, mailbox) = try await filled()
    try await damage(fixture, "UPDATE mailbox SET bytes = 1")
    let found = try problems(fixture)
    #expect(found.count == 1)
    #expect(!found.joined().contains(mailbox.mailbox.bytes.description.prefix(16)))
  }

  @Test func `of a folder without a store, or of another version's, says so`() async throws {
    let fixture = try StoreFixture()
    #expect(throws: StoreError.missing) {
      try StoreCheck.run(directory: fixture.directory + "-none", relayKey: nil, now: fixture.clock.now())
    }
    try await damage(fixture, "INSERT INTO grdb_migrations VALUES ('99 a later one')")
    #expect(throws: StoreError.otherVersion) { try problems(fixture) }
  }
}

@Suite struct `A copy of a store` {
  @Test func `is whole and opens as a store, though the original goes on`() async throws {
    let fixture = try StoreFixture()
    let store = try fixture.mailboxStore
    let mailbox = try await OpenMailbox(store)
    for number in 1...50 { _ = try await store.put(try mailbox.envelope(number)) }
    let copy = fixture.directory + "-copy"
    defer { try? FileManager.default.removeItem(atPath: copy) }
    try FileManager.default.createDirectory(
      atPath: copy, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
    async let more: Void = {
      for number in 51...100 { _ = try await store.put(try mailbox.envelope(number)) }
    }()
    #expect(try StoreBackup.run(directory: fixture.directory, to: copy + "/relay.sqlite"))
    try await more
    #expect(try FileManager.default.contentsOfDirectory(atPath: copy) == ["relay.sqlite"])
    let mode = try FileManager.default.attributesOfItem(atPath: copy + "/relay.sqlite")[.posixPermissions] as? Int
    #expect(mode == 0o600)
    #expect(
      try StoreCheck.run(directory: copy, relayKey: fixture.key.relayKey, now: fixture.clock.now()).isEmpty)
    let restored = try SQLiteMailboxStore(
      directory: copy, signer: fixture.key, clock: fixture.clock, steadyClock: fixture.steady)
    let page = try await restored.page(mailbox.mailbox, after: 0)
    #expect((50...100).contains(page.head))
    #expect(page.envelopes.count == Int(page.head))
    await withCheckedContinuation { done in restored.shutDown { done.resume() } }
  }

  @Test func `is never made over another file, nor of nothing`() throws {
    let fixture = try StoreFixture()
    let file = fixture.directory + "/taken"
    try Data("mine".utf8).write(to: URL(filePath: file))
    #expect(try !StoreBackup.run(directory: fixture.directory, to: file))
    #expect(try Data(contentsOf: URL(filePath: file)) == Data("mine".utf8))
    #expect(throws: StoreError.missing) {
      try StoreBackup.run(directory: fixture.directory + "-none", to: file + "2")
    }
    #expect(throws: StoreError.unavailable) {
      try StoreBackup.run(directory: fixture.directory, to: fixture.directory + "/none/copy")
    }
    #expect(!FileManager.default.fileExists(atPath: file + "2"))
  }
}

@Suite struct `An operator` {
  @Test func `counts what a store holds while it is open`() async throws {
    let fixture = try StoreFixture()
    let store = try fixture.mailboxStore
    let mailbox = try await OpenMailbox(store)
    for number in 1...5 {
      _ = try await store.put(try mailbox.envelope(number, byteCount: 2_048, retention: number == 5 ? .day : .week))
    }
    fixture.clock.advance(by: .seconds(86_400))
    try await store.acknowledge(mailbox.mailbox, upTo: 2)
    try await store.removeExpired()
    let statistics = try StoreStatistics(directory: fixture.directory)
    #expect(statistics.mailboxes == 1)
    #expect(statistics.envelopes == 2 && statistics.envelopeBytes == 4_096)
    #expect(statistics.gaps == 1)
    #expect(statistics.settled == 2)
    #expect(statistics.admissionEntries == 1)
    #expect(statistics.trustedTime == StoreFixture.start.seconds + 86_400)
    #expect(statistics.fileBytes > 0)
  }

  @Test func `who trusts the clock deletes at once what a store would not, and gets the room back`() async throws {
    let fixture = try StoreFixture(steady: OwnPace())
    let store = try fixture.sqlite
    let mailbox = try await OpenMailbox(store)
    for number in 1...40 { _ = try await store.put(try mailbox.envelope(number, byteCount: 65_536)) }
    fixture.clock.advance(by: .seconds(40 * 86_400))
    try await store.removeExpired()
    #expect(try StoreStatistics(directory: fixture.directory).envelopes == 40)
    func wait(_ start: (@escaping StoreCompletion<Void>) -> Void) async throws {
      try await withCheckedThrowingContinuation { continuation in
        start { continuation.resume(with: $0.mapError { $0 as any Error }) }
      }
    }
    try await wait { store.trustWallClock(completion: $0) }
    try await store.removeExpired()
    let pruned = try StoreStatistics(directory: fixture.directory)
    #expect(pruned.envelopes == 0 && pruned.gaps == 40)
    #expect(pruned.freeBytes > 2_000_000)
    try await wait { store.compact(completion: $0) }
    try await fixture.reopen()
    let compacted = try StoreStatistics(directory: fixture.directory)
    #expect(compacted.freeBytes <= 4_096)
    #expect(compacted.fileBytes < pruned.fileBytes - 2_000_000)
  }
}
