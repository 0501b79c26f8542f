/// The one schedule of everything that must be gone at a time: the column `deadline` of the messages, unix seconds.
extension VaultTransaction {
  /// The messages whose deadline has come, the earliest first.
  package func dueMessages(at time: Int64, limit: Int) throws(VaultError) -> [Int64] {
    try all(
      "SELECT id FROM message WHERE deadline IS NOT NULL AND deadline <= ? ORDER BY deadline, id LIMIT ?",
      [time, Int64(max(0, limit))]
    ) { row throws(VaultError) in try row.integer(0) }
  }

  /// The next deadline, nil when nothing has one.
  package func nextDeadline() throws(VaultError) -> Int64? {
    guard let row = try row("SELECT min(deadline) FROM message WHERE deadline IS NOT NULL") else { return nil }
    return try row.optionalInteger(0)
  }

  /// Moves every deadline, after the clock by which it was set went back by as much.
  package func moveDeadlines(earlierBy seconds: Int64) throws(VaultError) {
    try execute("UPDATE message SET deadline = deadline - ? WHERE deadline IS NOT NULL", [seconds])
  }
}
