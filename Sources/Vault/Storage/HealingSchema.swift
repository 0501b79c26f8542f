/// The second schema: what sessions need that heal themselves (Protocol §6).
enum HealingSchema {
  static let sql =
    """
    -- Session messages of peer devices that no session could decrypt yet: ciphertext still, and sealed again.
    CREATE TABLE quarantine (
      id INTEGER PRIMARY KEY AUTOINCREMENT, peer_device_id INTEGER NOT NULL REFERENCES peer_device ON DELETE CASCADE,
      session_hash BLOB NOT NULL, message_hash BLOB NOT NULL, at INTEGER NOT NULL, sealed BLOB NOT NULL,
      UNIQUE (peer_device_id, message_hash)) STRICT;
    CREATE INDEX quarantine_session ON quarantine (session_hash);
    CREATE INDEX quarantine_at ON quarantine (at);
    -- How far the repair with a peer device is. The id is the device's.
    CREATE TABLE healing (
      id INTEGER PRIMARY KEY REFERENCES peer_device ON DELETE CASCADE, sealed BLOB NOT NULL) STRICT;
    -- What is due for a peer device, one time for each kind of work.
    CREATE TABLE peer_timer (
      peer_device_id INTEGER NOT NULL REFERENCES peer_device ON DELETE CASCADE, kind INTEGER NOT NULL,
      due_at_ms INTEGER NOT NULL, PRIMARY KEY (peer_device_id, kind)) STRICT, WITHOUT ROWID;
    CREATE INDEX peer_timer_due ON peer_timer (due_at_ms);

    -- Which kind of outbox row a number was, and how often it was sent again.
    ALTER TABLE sent_log ADD COLUMN kind INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE sent_log ADD COLUMN resent INTEGER NOT NULL DEFAULT 0;
    -- The content of sent receipts and control messages, for as long as they are in the log. Messages are not in here.
    CREATE TABLE sent_control (
      id INTEGER PRIMARY KEY AUTOINCREMENT, peer_device_id INTEGER NOT NULL, pair_seq INTEGER NOT NULL,
      sealed BLOB NOT NULL, UNIQUE (peer_device_id, pair_seq),
      FOREIGN KEY (peer_device_id, pair_seq) REFERENCES sent_log ON DELETE CASCADE) STRICT;

    -- Device lists of a contact that wait for a decision, or prove an equivocation. The id is the contact's.
    CREATE TABLE disputed_lists (
      id INTEGER PRIMARY KEY REFERENCES contact ON DELETE CASCADE, sealed BLOB NOT NULL) STRICT;
    -- Why a message was given up.
    CREATE TABLE failure (
      message_id INTEGER PRIMARY KEY REFERENCES message ON DELETE CASCADE, reason INTEGER NOT NULL) STRICT;
    """
}
