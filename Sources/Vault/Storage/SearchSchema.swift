/// The search index, an end for tombstones, and envelopes that can be taken back.
///
/// The index itself lies in one full-text table per ``SearchIndex/messagesPerShard`` messages, which are made when they are
/// needed and dropped when the index is made anew.
enum SearchSchema {
  static let sql =
    """
    -- Which messages are indexed: all up to a row id. The version says by which rules; another one makes the index anew.
    CREATE TABLE search_state (
      id INTEGER PRIMARY KEY CHECK (id = 1), version INTEGER NOT NULL, indexed_up_to INTEGER NOT NULL) STRICT;
    -- The full-text tables. One that messages were removed from holds traces of them until it is compacted.
    CREATE TABLE search_shard (id INTEGER PRIMARY KEY, has_traces INTEGER NOT NULL) STRICT;

    -- When a tombstone may be forgotten, unix seconds. Those that are there wait from now on.
    ALTER TABLE message_life ADD COLUMN forget_at INTEGER;
    CREATE INDEX message_life_forget ON message_life (forget_at) WHERE forget_at IS NOT NULL;
    UPDATE message_life SET forget_at = CAST(strftime('%s', 'now') AS INTEGER) + 10368000
      WHERE id IN (SELECT id FROM message WHERE bucket_id IS NULL);

    -- Envelopes of own messages that their relays may still hold. Without a message they are to be taken back.
    CREATE TABLE stored_envelope (
      id INTEGER PRIMARY KEY AUTOINCREMENT, message_id INTEGER REFERENCES message ON DELETE CASCADE,
      not_before_ms INTEGER NOT NULL, keep_until INTEGER NOT NULL, sealed BLOB NOT NULL) STRICT;
    CREATE INDEX stored_envelope_message ON stored_envelope (message_id);
    CREATE INDEX stored_envelope_due ON stored_envelope (not_before_ms) WHERE message_id IS NULL;
    CREATE INDEX stored_envelope_keep ON stored_envelope (keep_until);
    """
}
