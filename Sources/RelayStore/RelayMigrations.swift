import GRDB

/// The schema, as steps that are only ever appended.
///
/// What may be stored is listed in Protocol R8. `chain` and `hash` of an envelope are functions of what stands beside
/// them; admission knows 16-byte hashes, never tags.
enum RelayMigrations {
  static let migrator: DatabaseMigrator = {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1 mailboxes and envelopes") { try $0.execute(sql: firstLight) }
    migrator.registerMigration("2 retraction, collection and quotas") { try $0.execute(sql: keeping) }
    migrator.registerMigration("registration") { try $0.execute(sql: registration) }
    return migrator
  }()

  /// How many mailboxes were made with a registration token: its hash, no mailbox.
  private static let registration = """
    CREATE TABLE registration_use(hash BLOB PRIMARY KEY, used INTEGER NOT NULL) WITHOUT ROWID;
    """

  private static let firstLight = """
    -- Row numbers are never used again: rows of a deleted mailbox may wait for their deletion.
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
    -- Not yet settled envelopes, and gaps (body NULL). The body stands last, so that the rest is read without it.
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
    -- Acknowledged one by one, above the cumulative cursor.
    CREATE TABLE acknowledged_seq(
      mailbox INTEGER NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY(mailbox, seq)
    ) WITHOUT ROWID;
    -- What is left of an acknowledged envelope until its retention ends (R3).
    CREATE TABLE settled(
      mailbox INTEGER NOT NULL,
      envelope_id BLOB NOT NULL,
      hash BLOB NOT NULL,
      stored_at INTEGER NOT NULL,
      expires_at INTEGER NOT NULL,
      PRIMARY KEY(mailbox, envelope_id)
    ) WITHOUT ROWID;
    CREATE INDEX settled_by_expiry ON settled(expires_at);
    -- Looked up by hash first, so that an unknown mailbox and an unknown tag take the same steps (R9).
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
    -- Mailboxes whose envelopes still wait for their deletion.
    CREATE TABLE closed_mailbox(row INTEGER PRIMARY KEY);
    """

  private static let keeping = """
    -- The token of a retraction: body is NULL then, and the gap carries it (C7).
    ALTER TABLE envelope ADD COLUMN deletion_token BLOB;
    -- Bytes of the mailbox's envelopes, and an upper bound of what of them came from requests (WaitingShare).
    ALTER TABLE mailbox ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE mailbox ADD COLUMN request_boundary INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE mailbox ADD COLUMN request_older INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE mailbox ADD COLUMN request_older_bytes INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE mailbox ADD COLUMN request_newer INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE mailbox ADD COLUMN request_newer_bytes INTEGER NOT NULL DEFAULT 0;
    UPDATE mailbox SET bytes =
      (SELECT coalesce(sum(length(body)), 0) FROM envelope WHERE envelope.mailbox = mailbox.row);
    -- Collected envelopes whose senders may hear of it (R13): no mailbox, no envelope id.
    CREATE TABLE collected(
      hash BLOB PRIMARY KEY, visible_from INTEGER NOT NULL, expires_at INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX collected_by_expiry ON collected(expires_at);
    -- Whatever asked before the right was looked at is not told.
    UPDATE envelope SET collected_hash = NULL WHERE collected_hash IS NOT NULL;
    -- One row: the time by which was last deleted (ExpiryClock).
    CREATE TABLE expiry_clock(row INTEGER PRIMARY KEY CHECK(row = 1), trusted INTEGER NOT NULL);
    INSERT INTO expiry_clock(row, trusted)
      SELECT 1, at FROM (SELECT max(at) AS at FROM (
        SELECT stored_at AS at FROM envelope UNION ALL SELECT stored_at FROM settled))
      WHERE at IS NOT NULL;
    """
}
