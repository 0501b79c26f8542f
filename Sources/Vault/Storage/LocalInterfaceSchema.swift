/// What the local interface remembers: calls that must not be done twice, and who reads the events.
enum LocalInterfaceSchema {
  static let sql =
    """
    -- The results of calls that carried a reference of their caller, by keyed hash of both.
    CREATE TABLE client_reference (
      id INTEGER PRIMARY KEY AUTOINCREMENT, reference_hash BLOB NOT NULL UNIQUE, keep_until INTEGER NOT NULL,
      sealed BLOB NOT NULL) STRICT;
    CREATE INDEX client_reference_keep ON client_reference (keep_until);
    -- Readers of the events that are known by name. `consumer` is older: readers of which only a hash is kept.
    CREATE TABLE event_consumer (
      id INTEGER PRIMARY KEY AUTOINCREMENT, name_hash BLOB NOT NULL UNIQUE, acknowledged INTEGER NOT NULL,
      sealed BLOB NOT NULL) STRICT;
    """
}
