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

@Suite struct `A store of the first version` {
  /// As the first version made it, word for word.
  private static let schema = """
    CREATE TABLE mailbox(
      row INTEGER PRIMARY KEY AUTOINCREMENT,
      id BLOB NOT NULL UNIQUE,
      generation INTEGER NOT NULL,
      nonce BLOB NOT NULL,
      epoch INTEGER NOT NULL,
      head INTEGER NOT NULL,
      head_hash BLOB NOT NULL,
      acknowledged INTEGER NOT NULL,
      settled INTEGER NOT NULL
    );
    CREATE TABLE envelope(
      row INTEGER PRIMARY KEY,
      mailbox INTEGER NOT NULL,
      seq INTEGER NOT NULL,
      envelope_id BLOB NOT NULL,
      hash BLOB NOT NULL,
      stored_at INTEGER NOT NULL,
      expires_at INTEGER NOT NULL,
      deletion_hash BLOB NOT NULL,
      collected_hash BLOB,
      chain BLOB NOT NULL,
      body BLOB
    );
    CREATE UNIQUE INDEX envelope_by_seq ON envelope(mailbox, seq);
    CREATE UNIQUE INDEX envelope_by_id ON envelope(mailbox, envelope_id);
    CREATE INDEX envelope_by_expiry ON envelope(expires_at) WHERE body IS NOT NULL;
    CREATE TABLE acknowledged_seq(
      mailbox INTEGER NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY(mailbox, seq)
    ) WITHOUT ROWID;
    CREATE TABLE settled(
      mailbox INTEGER NOT NULL,
      envelope_id BLOB NOT NULL,
      hash BLOB NOT NULL,
      stored_at INTEGER NOT NULL,
      expires_at INTEGER NOT NULL,
      PRIMARY KEY(mailbox, envelope_id)
    ) WITHOUT ROWID;
    CREATE INDEX settled_by_expiry ON settled(expires_at);
    CREATE TABLE admission(
      hash BLOB NOT NULL,
      mailbox INTEGER NOT NULL,
      from_day INTEGER NOT NULL,
      until_day INTEGER NOT NULL,
      uses INTEGER NOT NULL,
      used INTEGER NOT NULL,
      class INTEGER NOT NULL,
      rights INTEGER NOT NULL,
      PRIMARY KEY(hash, mailbox)
    ) WITHOUT ROWID;
    CREATE INDEX admission_by_mailbox ON admission(mailbox);
    CREATE INDEX admission_by_day ON admission(until_day);
    CREATE TABLE published(mailbox INTEGER PRIMARY KEY, lists BLOB, bundle BLOB);
    CREATE TABLE one_time(row INTEGER PRIMARY KEY AUTOINCREMENT, mailbox INTEGER NOT NULL, item BLOB NOT NULL);
    CREATE INDEX one_time_by_mailbox ON one_time(mailbox);
    CREATE TABLE closed_mailbox(row INTEGER PRIMARY KEY);
    CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
    INSERT INTO grdb_migrations VALUES ('1 mailboxes and envelopes');
    """

  private static let mailbox = MailboxID(fixed(0x33))

  /// One mailbox with two envelopes of which the first is acknowledged and not settled yet.
  private func make(at directory: String, _ relayKey: RelayKey) throws {
    try FileManager.default.createDirectory(
      atPath: directory, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
    try DatabaseQueue(path: directory + "/relay.sqlite").write { database in
      try database.execute(sql: Self.schema)
      var head = MailboxLog.start(relayKey: relayKey, mailbox: Self.mailbox)
      for seq in UInt64(1)...2 {
        let envelope = try Envelope([UInt8](repeating: UInt8(seq), count: 2_048))
        let leaf = LogLeaf(
          seq: seq, envelopeID: EnvelopeID(numbered(Int(seq))), envelopeHash: MailboxLog.hash(envelope),
          storedAt: UInt64(StoreFixture.start.seconds), expiresAt: UInt64(StoreFixture.start.seconds) + 7 * 86_400,
          deletionHash: DeletionHash(fixed(0x55)))
        head = MailboxLog.head(after: head, leaf)
        try database.execute(
          sql: "INSERT INTO envelope VALUES (NULL, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
          arguments: [
            Int64(seq), data(leaf.envelopeID.bytes), data(leaf.envelopeHash.bytes), Int64(leaf.storedAt),
            Int64(leaf.expiresAt), data(leaf.deletionHash.bytes), data(fixed(0x77) as FixedBytes<16>), data(head),
            envelope.data,
          ])
      }
      try database.execute(
        sql: "INSERT INTO mailbox VALUES (1, ?, 1, ?, 1, 2, ?, 1, 0)",
        arguments: [data(Self.mailbox.bytes), data(fixed(1) as FixedBytes<16>), data(head)])
    }
  }

  private func data<let count: Int>(_ bytes: FixedBytes<count>) -> Data { Data(bytes.array) }

  @Test func `is opened with everything in it, and goes on`() async throws {
    let directory = "/tmp/sotto-relay-old-\(UInt64.random(in: 0 ... .max))"
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let key = try TestRelayKey()
    try make(at: directory, key.relayKey)
    #expect(throws: StoreError.otherVersion) { try StoreStatistics(directory: directory) }
    let clock = ManualClock(StoreFixture.start.advanced(by: .seconds(365 * 86_400)))
    let pace = OwnPace()
    let store = try SQLiteMailboxStore(
      directory: directory, signer: key, clock: clock, steadyClock: pace)
    // Its newest envelope is the time that is trusted, whatever the clock says.
    try await store.removeExpired()
    let page = try await store.page(Self.mailbox, after: 0)
    #expect(page.seqs == [2] && page.envelopes.count == 1)
    let statistics = try StoreStatistics(directory: directory)
    #expect(statistics.envelopeBytes == 2_048)
    #expect(statistics.trustedTime == StoreFixture.start.seconds)
    // Who asked to hear of collection in the first version is not told: the right was not looked at then.
    #expect(statistics.collected == 0)
    clock.set(StoreFixture.start)
    let opened = OpenMailbox(Self.mailbox)
    try await store.setAdmission(try AdmissionChange(mailbox: Self.mailbox, add: [opened.entry()]))
    #expect(try await store.put(try opened.envelope(3)) == .stored(storedAt: 1_790_000_000, seq: 3))
    #expect(
      try StoreCheck.run(directory: directory, relayKey: key.relayKey, now: clock.now()).isEmpty)
    await withCheckedContinuation { done in store.shutDown { done.resume() } }
  }
}
