/// How long events are kept: until everybody who reads them has, and never without end.
extension VaultTransaction {
  /// The seq of the oldest event that is there, nil when there is none.
  package func oldestEventSeq() throws(VaultError) -> Int64? {
    guard let row = try row("SELECT min(id) FROM event") else { return nil }
    return try row.optionalInteger(0)
  }

  /// How many events are there.
  package func eventCount() throws(VaultError) -> Int {
    Int(try integer("SELECT count(*) FROM event"))
  }

  /// Up to which event all who read them have acknowledged, and no dead letter names one; nil when nobody reads.
  package func leastAcknowledgedSeq() throws(VaultError) -> Int64? {
    let sql =
      """
      SELECT min(acknowledged) FROM (
        SELECT acknowledged FROM event_consumer UNION ALL SELECT acknowledged FROM consumer
        UNION ALL SELECT seq - 1 FROM dead_letter)
      """
    guard let row = try row(sql) else { return nil }
    return try row.optionalInteger(0)
  }

  /// Drops the events up to `seq`, and the dead letters about them.
  package func deleteEvents(upTo seq: Int64) throws(VaultError) {
    try execute("DELETE FROM dead_letter WHERE seq <= ?", [seq])
    try execute("DELETE FROM event WHERE id <= ?", [seq])
  }
}
