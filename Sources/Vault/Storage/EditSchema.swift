/// Contents that were replaced.
enum EditSchema {
  static let sql =
    """
    -- Buckets that held the key of a content that was replaced: the next erasure seals what is left in them anew.
    CREATE TABLE stale_bucket (bucket_id INTEGER PRIMARY KEY REFERENCES key_bucket ON DELETE CASCADE) STRICT;
    """
}
