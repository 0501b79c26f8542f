/// What contacts tell of themselves.
enum ProfileSchema {
  static let sql =
    """
    -- The id is the contact's.
    CREATE TABLE contact_profile (
      id INTEGER PRIMARY KEY REFERENCES contact ON DELETE CASCADE, sealed BLOB NOT NULL) STRICT;
    """
}
