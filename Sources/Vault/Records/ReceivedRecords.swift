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
    guard let device = try peerDevice(id: peerDeviceID) else { throw .notStored }
    guard pairSeq > device.receivedUpTo else { return (false, device.receivedUpTo) }
    guard pairSeq == device.receivedUpTo + 1 else {
      return (try noteAhead(peerDeviceID, number), device.receivedUpTo)
    }
    if try row("SELECT 1 FROM received_ahead WHERE peer_device_id = ? LIMIT 1", [peerDeviceID]) == nil {
      try setReceivedUpTo(device, pairSeq)
      return (true, pairSeq)
    }
    return (true, UInt64(try advance(device, to: number)))
  }

  /// The numbers that are missing below the highest one that was noted, ascending; empty when none is.
  package func missingNumbers(peerDeviceID: Int64) throws(VaultError) -> [ClosedRange<UInt64>] {
    guard let device = try peerDevice(id: peerDeviceID) else { throw .notStored }
    var ranges: [ClosedRange<UInt64>] = []
    var last = device.receivedUpTo
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
    guard let device = try peerDevice(id: peerDeviceID) else { throw .notStored }
    let upTo = try Self.stored(device.receivedUpTo)
    let (lower, upper) = (max(try Self.stored(range.lowerBound), upTo + 1), try Self.stored(range.upperBound))
    guard lower <= upper else { return }
    guard lower > upTo + 1 else {
      _ = try advance(device, to: upper)
      return
    }
    let room = Self.maximumReceivedAhead - (try receivedAheadCount(peerDeviceID: peerDeviceID))
    for number in lower...min(upper, lower + Int64(max(0, room))) {
      _ = try noteAhead(peerDeviceID, number)
    }
  }

  /// - Returns: the highest contiguous number behind `number`.
  private func advance(_ device: PeerDeviceRecord, to number: Int64) throws(VaultError) -> Int64 {
    var contiguous = number
    while contiguous < .max, try isAhead(device.id, contiguous + 1) { contiguous += 1 }
    try execute("DELETE FROM received_ahead WHERE peer_device_id = ? AND pair_seq <= ?", [device.id, contiguous])
    try setReceivedUpTo(device, UInt64(contiguous))
    return contiguous
  }

  private func setReceivedUpTo(_ device: PeerDeviceRecord, _ number: UInt64) throws(VaultError) {
    var device = device
    device.receivedUpTo = number
    try updatePeerDevice(device)
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
