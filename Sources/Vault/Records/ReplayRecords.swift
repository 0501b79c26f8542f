package import ByteLayout

/// What must be recognised when it comes again (Protocol §6, First messages and replays): session ids, message hashes and
/// retired ratchet keys. All of them are look-up hashes.
extension VaultTransaction {
  /// Retired remote ratchet keys that are kept per session.
  package static let maximumRetiredKeys: Int64 = 1_000

  private enum SeenKind: Int64 {
    case message = 1
    case ephemeral = 2
  }

  /// Keeps a session id until `keepUntil`, unix seconds; of two times the later one.
  package func insertKnownSession(sessionHash: FixedBytes<16>, keepUntil: Int64) throws(VaultError) {
    try execute(
      """
      INSERT INTO known_session (session_hash, keep_until) VALUES (?, ?)
      ON CONFLICT DO UPDATE SET keep_until = max(keep_until, excluded.keep_until)
      """, [sessionHash, keepUntil])
  }

  package func isKnownSession(sessionHash: FixedBytes<16>) throws(VaultError) -> Bool {
    try row("SELECT 1 FROM known_session WHERE session_hash = ?", [sessionHash]) != nil
  }

  /// Forgets the session ids that were to be kept until before `time`.
  @discardableResult
  package func purgeKnownSessions(before time: Int64) throws(VaultError) -> Int {
    try execute("DELETE FROM known_session WHERE keep_until < ?", [time])
  }

  /// Keeps the hash of a session message until `keepUntil`, unix seconds; of two times the later one.
  package func insertSeenMessage(hash: FixedBytes<16>, keepUntil: Int64) throws(VaultError) {
    try insertSeen(.message, hash, keepUntil)
  }

  package func isSeenMessage(hash: FixedBytes<16>) throws(VaultError) -> Bool { try isSeen(.message, hash) }

  /// Forgets the hashes that were to be kept until before `time`.
  @discardableResult
  package func purgeSeenMessages(before time: Int64) throws(VaultError) -> Int { try purgeSeen(.message, time) }

  /// As ``insertSeenMessage(hash:keepUntil:)``, for ephemeral messages.
  package func insertSeenEphemeral(hash: FixedBytes<16>, keepUntil: Int64) throws(VaultError) {
    try insertSeen(.ephemeral, hash, keepUntil)
  }

  package func isSeenEphemeral(hash: FixedBytes<16>) throws(VaultError) -> Bool { try isSeen(.ephemeral, hash) }

  @discardableResult
  package func purgeSeenEphemerals(before time: Int64) throws(VaultError) -> Int { try purgeSeen(.ephemeral, time) }

  /// Keeps a retired remote ratchet key, and of each session's only the newest 1 000.
  package func insertRetiredKey(sessionHash: FixedBytes<16>, keyHash: FixedBytes<16>) throws(VaultError) {
    let inserted = try execute(
      "INSERT INTO retired_key (session_hash, key_hash) VALUES (?, ?) ON CONFLICT DO NOTHING",
      [sessionHash, keyHash])
    guard inserted > 0 else { return }
    try execute(
      """
      DELETE FROM retired_key WHERE session_hash = ?1 AND id <= (
        SELECT id FROM retired_key WHERE session_hash = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)
      """, [sessionHash, Self.maximumRetiredKeys])
  }

  package func isRetiredKey(sessionHash: FixedBytes<16>, keyHash: FixedBytes<16>) throws(VaultError) -> Bool {
    try row(
      "SELECT 1 FROM retired_key WHERE session_hash = ? AND key_hash = ?", [sessionHash, keyHash]) != nil
  }

  /// Forgets the retired keys of a session whose id is not kept any more.
  package func deleteRetiredKeys(sessionHash: FixedBytes<16>) throws(VaultError) {
    try execute("DELETE FROM retired_key WHERE session_hash = ?", [sessionHash])
  }

  private func insertSeen(_ kind: SeenKind, _ hash: FixedBytes<16>, _ keepUntil: Int64) throws(VaultError) {
    try execute(
      """
      INSERT INTO seen (kind, hash, keep_until) VALUES (?, ?, ?)
      ON CONFLICT DO UPDATE SET keep_until = max(keep_until, excluded.keep_until)
      """, [kind.rawValue, hash, keepUntil])
  }

  private func isSeen(_ kind: SeenKind, _ hash: FixedBytes<16>) throws(VaultError) -> Bool {
    try row("SELECT 1 FROM seen WHERE kind = ? AND hash = ?", [kind.rawValue, hash]) != nil
  }

  private func purgeSeen(_ kind: SeenKind, _ time: Int64) throws(VaultError) -> Int {
    try execute("DELETE FROM seen WHERE kind = ? AND keep_until < ?", [kind.rawValue, time])
  }
}
