/// Which numbered messages of a peer device have been processed: all up to a number, and some ahead of it.
extension VaultTransaction {
  /// Numbers kept ahead of a gap, per peer device: what a month of absence could bring.
  package static let maximumReceivedAhead = 10_000

  /// Notes that a message was processed, and moves `receivedUpTo` over everything that is contiguous now.
  ///
  /// When the numbers ahead are at their bound, another one is not kept. It still counts as new, `receivedUpTo` stops before
  /// it, and the peer sends it again: its message id shows that it is known.
  ///
  /// - Returns: whether the number was not noted before, and the highest contiguous number.
  /// - Throws: ``VaultError/notStored`` without such a device, ``VaultError/outOfRange`` for 0 or more than 2⁶³ − 1.
  package func noteReceived(
    peerDeviceID: Int64, pairSeq: UInt64
  ) throws(VaultError) -> (isNew: Bool, receivedUpTo: UInt64) {
    let number = try Self.stored(pairSeq)
    guard number > 0 else { throw .outOfRange }
    guard
      let row = try row(
        """
        SELECT received_up_to, EXISTS (SELECT 1 FROM received_ahead WHERE peer_device_id = peer_device.id)
        FROM peer_device WHERE id = ?
        """, [peerDeviceID])
    else { throw .notStored }
    let upTo = try row.integer(0)
    guard number > upTo else { return (false, try row.uint64(0)) }
    guard number == upTo + 1 else {
      return (try noteAhead(peerDeviceID, number), try row.uint64(0))
    }
    if try row.integer(1) == 0 {
      try setReceivedUpTo(peerDeviceID, number)
      return (true, pairSeq)
    }
    return (true, UInt64(try advance(peerDeviceID, to: number)))
  }

  /// The numbers that are missing below the highest one that was noted, ascending; empty when none is.
  package func missingNumbers(peerDeviceID: Int64) throws(VaultError) -> [ClosedRange<UInt64>] {
    guard let row = try row("SELECT received_up_to FROM peer_device WHERE id = ?", [peerDeviceID]) else {
      throw .notStored
    }
    var ranges: [ClosedRange<UInt64>] = []
    var last = try row.uint64(0)
    for row in try rows(
      "SELECT pair_seq FROM received_ahead WHERE peer_device_id = ? ORDER BY pair_seq", [peerDeviceID])
    {
      let number = try row.uint64(0)
      if number > last + 1 { ranges.append(last + 1...number - 1) }
      last = number
    }
    return ranges
  }

  /// Counts numbers that will never come as processed.
  ///
  /// - Parameter range: of any length; behind a gap no more is noted than has room ahead.
  package func countAsProcessed(peerDeviceID: Int64, _ range: ClosedRange<UInt64>) throws(VaultError) {
    guard let row = try row("SELECT received_up_to FROM peer_device WHERE id = ?", [peerDeviceID]) else {
      throw .notStored
    }
    let upTo = try row.integer(0)
    let (lower, upper) = (max(try Self.stored(range.lowerBound), upTo + 1), try Self.stored(range.upperBound))
    guard lower <= upper else { return }
    guard lower > upTo + 1 else {
      _ = try advance(peerDeviceID, to: upper)
      return
    }
    let room = Self.maximumReceivedAhead - (try receivedAheadCount(peerDeviceID: peerDeviceID))
    for number in lower...min(upper, lower + Int64(max(0, room))) {
      _ = try noteAhead(peerDeviceID, number)
    }
  }

  /// - Returns: the highest contiguous number behind `number`.
  private func advance(_ peerDeviceID: Int64, to number: Int64) throws(VaultError) -> Int64 {
    var contiguous = number
    while contiguous < .max, try isAhead(peerDeviceID, contiguous + 1) { contiguous += 1 }
    try execute("DELETE FROM received_ahead WHERE peer_device_id = ? AND pair_seq <= ?", [peerDeviceID, contiguous])
    try setReceivedUpTo(peerDeviceID, contiguous)
    return contiguous
  }

  private func setReceivedUpTo(_ peerDeviceID: Int64, _ number: Int64) throws(VaultError) {
    try executeOnOne("UPDATE peer_device SET received_up_to = ? WHERE id = ?", [number, peerDeviceID])
  }

  /// How many numbers are noted ahead of a gap.
  package func receivedAheadCount(peerDeviceID: Int64) throws(VaultError) -> Int {
    Int(try integer("SELECT count(*) FROM received_ahead WHERE peer_device_id = ?", [peerDeviceID]))
  }

  private func isAhead(_ peerDeviceID: Int64, _ number: Int64) throws(VaultError) -> Bool {
    try row(
      "SELECT 1 FROM received_ahead WHERE peer_device_id = ? AND pair_seq = ?", [peerDeviceID, number]) != nil
  }

  /// - Returns: whether it was not noted before.
  private func noteAhead(_ peerDeviceID: Int64, _ number: Int64) throws(VaultError) -> Bool {
    guard try !isAhead(peerDeviceID, number) else { return false }
    if try receivedAheadCount(peerDeviceID: peerDeviceID) < Self.maximumReceivedAhead {
      try execute(
        "INSERT INTO received_ahead (peer_device_id, pair_seq) VALUES (?, ?)", [peerDeviceID, number])
    }
    return true
  }
}
