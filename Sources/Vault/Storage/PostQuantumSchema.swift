/// Prekeys are pairs from here on: an X25519 scalar and an ML-KEM seed in one private value (C2, suite 2).
///
/// Those of before serve suite 1, which no node answers any more: they are destroyed, and the node makes new ones at its
/// next start. Numbers go on, since ids are never used twice.
enum PostQuantumSchema {
  static let sql =
    """
    DELETE FROM signed_prekey;
    DELETE FROM one_time_prekey;
    """
}
