/// Whose turn it is in the outbox, and which secret chat a number belongs to.
///
/// Turns are kept by triggers, because rows leave the outbox in many ways: sent, given up, and with the message, device,
/// conversation or contact that they belong to.
enum TurnSchema {
  static let sql =
    """
    -- 0: waits behind an earlier row of its contact; 1: is the first of its contact; 2: stands in no line.
    ALTER TABLE outbox ADD COLUMN turn INTEGER NOT NULL DEFAULT 0;
    UPDATE outbox SET turn = 1 WHERE id IN (SELECT min(id) FROM outbox GROUP BY contact_id);
    CREATE UNIQUE INDEX outbox_first ON outbox (contact_id) WHERE turn = 1;
    CREATE INDEX outbox_line ON outbox (contact_id, turn);
    CREATE INDEX outbox_due ON outbox (not_before_ms, id) WHERE turn > 0;
    DROP INDEX outbox_contact;
    CREATE TRIGGER outbox_enters AFTER INSERT ON outbox
    WHEN new.turn = 0 AND NOT EXISTS (SELECT 1 FROM outbox WHERE contact_id = new.contact_id AND turn = 1)
    BEGIN
      UPDATE outbox SET turn = 1 WHERE id = new.id;
    END;
    -- Never due before the row that it follows: whoever goes through what is due in order meets it.
    CREATE TRIGGER outbox_leaves AFTER DELETE ON outbox WHEN old.turn = 1
    BEGIN
      UPDATE outbox SET turn = 1, not_before_ms = max(not_before_ms, old.not_before_ms)
      WHERE id = (SELECT min(id) FROM outbox WHERE contact_id = old.contact_id AND turn = 0);
    END;

    -- The secret chat that an operation was sent in; none: the contact's direct conversation.
    ALTER TABLE sent_log ADD COLUMN conversation_id INTEGER REFERENCES conversation ON DELETE CASCADE;
    CREATE INDEX sent_log_conversation ON sent_log (conversation_id) WHERE conversation_id IS NOT NULL;
    """
}
