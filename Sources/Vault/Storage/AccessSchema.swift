/// Who else may use the local interface, and where its events are sent.
enum AccessSchema {
  static let sql =
    """
    -- Tokens, by the keyed hash of their secrets, which are nowhere.
    CREATE TABLE access_token (
      id INTEGER PRIMARY KEY AUTOINCREMENT, secret_hash BLOB NOT NULL UNIQUE, sealed BLOB NOT NULL) STRICT;
    CREATE TABLE webhook (
      id INTEGER PRIMARY KEY AUTOINCREMENT, name_hash BLOB NOT NULL UNIQUE, sealed BLOB NOT NULL) STRICT;
    -- Events that a webhook's receiver did not take in time. The event stays as long as this.
    CREATE TABLE dead_letter (
      id INTEGER PRIMARY KEY AUTOINCREMENT, webhook_id INTEGER NOT NULL REFERENCES webhook ON DELETE CASCADE,
      seq INTEGER NOT NULL, sealed BLOB NOT NULL, UNIQUE (webhook_id, seq)) STRICT;
    CREATE INDEX dead_letter_seq ON dead_letter (seq);
    """
}
