/// Files of own messages at relays, which can be taken back like envelopes.
enum StoredFilesSchema {
  static let sql =
    """
    -- 0: an envelope, 1: a file.
    ALTER TABLE stored_envelope ADD COLUMN kind INTEGER NOT NULL DEFAULT 0;
    """
}
