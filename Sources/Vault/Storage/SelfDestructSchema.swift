/// Operations, self-destruct, and several conversations with one contact.
///
/// The conversation table is made anew to let a contact have secret chats beside the direct one; row ids stay, so that
/// every sealed value still opens, and AUTOINCREMENT goes on counting where it was.
enum SelfDestructSchema {
  static let sql =
    """
    CREATE TABLE conversation_next (
      id INTEGER PRIMARY KEY AUTOINCREMENT, contact_id INTEGER NOT NULL REFERENCES contact ON DELETE CASCADE,
      kind INTEGER NOT NULL, chat_hash BLOB UNIQUE, last_message_at_ms INTEGER NOT NULL, sealed BLOB NOT NULL) STRICT;
    INSERT INTO conversation_next
      SELECT id, contact_id, 0, NULL, last_message_at_ms, sealed FROM conversation;
    DELETE FROM sqlite_sequence WHERE name = 'conversation_next';
    INSERT INTO sqlite_sequence (name, seq)
      SELECT 'conversation_next', seq FROM sqlite_sequence WHERE name = 'conversation';
    DROP TABLE conversation;
    ALTER TABLE conversation_next RENAME TO conversation;
    CREATE INDEX conversation_order ON conversation (last_message_at_ms);
    CREATE INDEX conversation_contact ON conversation (contact_id);
    -- One direct conversation a contact; secret chats are told apart by their ids.
    CREATE UNIQUE INDEX conversation_direct ON conversation (contact_id) WHERE kind = 0;

    -- How long a message may live, and how it ended. A message without limits has no row.
    CREATE TABLE message_life (
      id INTEGER PRIMARY KEY REFERENCES message ON DELETE CASCADE, sealed BLOB NOT NULL) STRICT;

    -- Fields that operations set, under the key of their message: they die with it.
    CREATE TABLE operation_field (
      id INTEGER PRIMARY KEY AUTOINCREMENT, message_id INTEGER NOT NULL REFERENCES message ON DELETE CASCADE,
      field INTEGER NOT NULL, sealed BLOB NOT NULL, UNIQUE (message_id, field)) STRICT;
    -- Operations that came before their targets.
    CREATE TABLE pending_operation (
      id INTEGER PRIMARY KEY AUTOINCREMENT, target_hash BLOB NOT NULL, operation_hash BLOB NOT NULL UNIQUE,
      contact_id INTEGER NOT NULL REFERENCES contact ON DELETE CASCADE, keep_until INTEGER NOT NULL,
      sealed BLOB NOT NULL) STRICT;
    CREATE INDEX pending_operation_target ON pending_operation (target_hash);
    CREATE INDEX pending_operation_contact ON pending_operation (contact_id);
    CREATE INDEX pending_operation_keep ON pending_operation (keep_until);

    -- What a device of a contact can honour.
    CREATE TABLE peer_capability (
      id INTEGER PRIMARY KEY REFERENCES peer_device ON DELETE CASCADE, sealed BLOB NOT NULL) STRICT;

    -- Which conversation an envelope or a session belongs to; none: the contact's direct one.
    ALTER TABLE outbox ADD COLUMN conversation_id INTEGER REFERENCES conversation ON DELETE CASCADE;
    CREATE INDEX outbox_conversation ON outbox (conversation_id);
    -- A slot whose contact was cut off: its tags are to be removed at the relay, then it goes.
    ALTER TABLE slot ADD COLUMN retired INTEGER NOT NULL DEFAULT 0;
    CREATE TABLE secret_session (
      session_id INTEGER PRIMARY KEY REFERENCES session ON DELETE CASCADE,
      conversation_id INTEGER NOT NULL REFERENCES conversation ON DELETE CASCADE) STRICT;
    CREATE INDEX secret_session_conversation ON secret_session (conversation_id);
    """
}
