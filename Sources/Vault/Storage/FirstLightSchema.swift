/// The first schema.
///
/// In the clear lie row ids and the links between them, order, deadlines, counters, small states that queries need and
/// keyed hashes (`…_hash`, 16 bytes). Everything else is in `sealed` or in a column of its own for a secret (C13).
/// Row ids are AUTOINCREMENT: a sealed value never opens in a later row.
enum FirstLightSchema {
  static let sql =
    """
    -- The generation of erasure.key that holds (C13).
    CREATE TABLE vault_state (
      id INTEGER PRIMARY KEY CHECK (id = 1), erasure_generation INTEGER NOT NULL) STRICT;

    -- The account, which further devices will share.
    CREATE TABLE account_value (id INTEGER PRIMARY KEY, sealed BLOB NOT NULL) STRICT;
    CREATE TABLE contact (
      id INTEGER PRIMARY KEY AUTOINCREMENT, account_hash BLOB NOT NULL UNIQUE, name_hash BLOB NOT NULL UNIQUE,
      sealed BLOB NOT NULL, their_slot_secret BLOB, invite_token BLOB) STRICT;
    -- A slot goes with its contact: it is never given to another.
    CREATE TABLE slot (
      id INTEGER PRIMARY KEY AUTOINCREMENT, contact_id INTEGER REFERENCES contact ON DELETE CASCADE,
      registered_until_day INTEGER NOT NULL, secret BLOB NOT NULL) STRICT;
    CREATE INDEX slot_contact ON slot (contact_id);
    CREATE INDEX slot_registered ON slot (registered_until_day);
    CREATE TABLE invite (
      id INTEGER PRIMARY KEY AUTOINCREMENT, token_hash BLOB NOT NULL UNIQUE, state INTEGER NOT NULL,
      expires_at INTEGER NOT NULL, contact_id INTEGER REFERENCES contact ON DELETE SET NULL,
      sealed BLOB NOT NULL, token BLOB NOT NULL) STRICT;
    CREATE INDEX invite_state ON invite (state);
    CREATE INDEX invite_contact ON invite (contact_id);

    -- This device.
    CREATE TABLE device_secret (id INTEGER PRIMARY KEY, secret BLOB NOT NULL) STRICT;
    CREATE TABLE device_value (id INTEGER PRIMARY KEY, sealed BLOB NOT NULL) STRICT;
    CREATE TABLE mailbox (
      id INTEGER PRIMARY KEY AUTOINCREMENT, sealed BLOB NOT NULL, seed BLOB NOT NULL) STRICT;
    CREATE TABLE sealing_key (
      id INTEGER PRIMARY KEY AUTOINCREMENT, superseded_at INTEGER, sealed BLOB NOT NULL, private BLOB NOT NULL) STRICT;
    CREATE TABLE signed_prekey (
      id INTEGER PRIMARY KEY AUTOINCREMENT, superseded_at INTEGER, sealed BLOB NOT NULL, private BLOB NOT NULL) STRICT;
    CREATE TABLE one_time_prekey (
      id INTEGER PRIMARY KEY AUTOINCREMENT, superseded_at INTEGER, sealed BLOB NOT NULL, private BLOB NOT NULL) STRICT;

    -- The devices of contacts, and the sessions with them.
    CREATE TABLE peer_device (
      id INTEGER PRIMARY KEY AUTOINCREMENT, contact_id INTEGER NOT NULL REFERENCES contact ON DELETE CASCADE,
      device_number INTEGER NOT NULL, key_hash BLOB NOT NULL UNIQUE, next_pair_seq INTEGER NOT NULL,
      received_up_to INTEGER NOT NULL, acknowledged_up_to INTEGER NOT NULL, sealed BLOB NOT NULL) STRICT;
    CREATE INDEX peer_device_contact ON peer_device (contact_id, device_number);
    CREATE TABLE received_ahead (
      peer_device_id INTEGER NOT NULL REFERENCES peer_device ON DELETE CASCADE, pair_seq INTEGER NOT NULL,
      PRIMARY KEY (peer_device_id, pair_seq)) STRICT, WITHOUT ROWID;
    CREATE TABLE session (
      id INTEGER PRIMARY KEY AUTOINCREMENT, session_hash BLOB NOT NULL UNIQUE,
      peer_device_id INTEGER NOT NULL REFERENCES peer_device ON DELETE CASCADE, sealed BLOB NOT NULL,
      archive BLOB NOT NULL, exporters BLOB NOT NULL) STRICT;
    CREATE INDEX session_peer_device ON session (peer_device_id);
    CREATE TABLE known_session (session_hash BLOB PRIMARY KEY, keep_until INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE INDEX known_session_keep ON known_session (keep_until);
    CREATE TABLE seen (
      kind INTEGER NOT NULL, hash BLOB NOT NULL, keep_until INTEGER NOT NULL,
      PRIMARY KEY (kind, hash)) STRICT, WITHOUT ROWID;
    CREATE INDEX seen_keep ON seen (kind, keep_until);
    CREATE TABLE retired_key (
      id INTEGER PRIMARY KEY AUTOINCREMENT, session_hash BLOB NOT NULL, key_hash BLOB NOT NULL,
      UNIQUE (session_hash, key_hash)) STRICT;
    CREATE INDEX retired_key_age ON retired_key (session_hash, id);

    -- Conversations and their messages. A message whose keys are destroyed keeps its row, without key and content.
    CREATE TABLE conversation (
      id INTEGER PRIMARY KEY AUTOINCREMENT, contact_id INTEGER NOT NULL UNIQUE REFERENCES contact ON DELETE CASCADE,
      last_message_at_ms INTEGER NOT NULL, sealed BLOB NOT NULL) STRICT;
    CREATE INDEX conversation_order ON conversation (last_message_at_ms);
    CREATE TABLE key_bucket (
      id INTEGER PRIMARY KEY AUTOINCREMENT, message_count INTEGER NOT NULL, sealed_key BLOB NOT NULL) STRICT;
    CREATE TABLE message (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      conversation_id INTEGER NOT NULL REFERENCES conversation ON DELETE CASCADE, mid_hash BLOB NOT NULL UNIQUE,
      unread INTEGER NOT NULL, deadline INTEGER, sealed BLOB NOT NULL,
      bucket_id INTEGER REFERENCES key_bucket, sealed_key BLOB, sealed_content BLOB) STRICT;
    CREATE INDEX message_conversation ON message (conversation_id, id);
    CREATE INDEX message_unread ON message (conversation_id, id) WHERE unread = 1;
    CREATE INDEX message_bucket ON message (bucket_id);
    CREATE INDEX message_deadline ON message (deadline) WHERE deadline IS NOT NULL;

    -- What happened, what is to be sent, what is owed.
    CREATE TABLE event (
      id INTEGER PRIMARY KEY AUTOINCREMENT, message_id INTEGER REFERENCES message ON DELETE SET NULL,
      sealed BLOB NOT NULL) STRICT;
    CREATE INDEX event_message ON event (message_id);
    CREATE TABLE consumer (name_hash BLOB PRIMARY KEY, acknowledged INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE sent_log (
      peer_device_id INTEGER NOT NULL REFERENCES peer_device ON DELETE CASCADE, pair_seq INTEGER NOT NULL,
      message_id INTEGER REFERENCES message ON DELETE SET NULL, at INTEGER NOT NULL,
      PRIMARY KEY (peer_device_id, pair_seq)) STRICT, WITHOUT ROWID;
    CREATE INDEX sent_log_message ON sent_log (message_id);
    CREATE INDEX sent_log_at ON sent_log (at);
    CREATE TABLE outbox (
      id INTEGER PRIMARY KEY AUTOINCREMENT, contact_id INTEGER NOT NULL REFERENCES contact ON DELETE CASCADE,
      peer_device_id INTEGER REFERENCES peer_device ON DELETE CASCADE,
      message_id INTEGER REFERENCES message ON DELETE CASCADE, state INTEGER NOT NULL,
      not_before_ms INTEGER NOT NULL, give_up_at INTEGER NOT NULL, sealed BLOB NOT NULL) STRICT;
    CREATE INDEX outbox_contact ON outbox (contact_id);
    CREATE INDEX outbox_peer_device ON outbox (peer_device_id);
    CREATE INDEX outbox_message ON outbox (message_id);
    CREATE INDEX outbox_state ON outbox (state, id);
    CREATE TABLE due_receipt (
      id INTEGER PRIMARY KEY AUTOINCREMENT, contact_id INTEGER NOT NULL REFERENCES contact ON DELETE CASCADE,
      message_id INTEGER NOT NULL REFERENCES message ON DELETE CASCADE, kind INTEGER NOT NULL,
      due_at_ms INTEGER NOT NULL, sealed BLOB NOT NULL, UNIQUE (message_id, kind)) STRICT;
    CREATE INDEX due_receipt_contact ON due_receipt (contact_id, due_at_ms);
    CREATE INDEX due_receipt_due ON due_receipt (due_at_ms);
    """
}
