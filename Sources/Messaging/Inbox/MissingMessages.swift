import MessageContent
import Vault

extension Messenger {
  /// Looks whether a number shows that others are missing, or that none is missing any more.
  func noticeGap(
    at pairSeq: UInt64, isNew: Bool, receivedUpTo: UInt64, _ peer: AuthenticatedPeer, _ healing: inout Healing,
    _ transaction: VaultTransaction
  ) throws {
    let device = peer.device.id
    guard pairSeq > receivedUpTo || !healing.gapMarks.isEmpty else { return }
    guard try transaction.receivedAheadCount(peerDeviceID: device) > 0 else {
      healing.gapMarks = []
      healing.requests = 0
      return try clearTimer(.gap, peer: device, transaction)
    }
    // Strangers get no answers, and so no questions.
    guard peer.contact.status == ContactStatus.accepted.rawValue else { return }
    if let noticed = healing.gapMarks.last?.upTo, isNew, pairSeq <= noticed {
      // What was missing comes: more of it may be asked for at the usual pace.
      healing.requests = min(healing.requests, 1)
    }
    guard healing.gapMarks.isEmpty else { return }
    healing.gapMarks = [Healing.GapMark(upTo: pairSeq - 1, at: nowSeconds)]
    try setTimer(.gap, peer: device, at: nowSeconds + HealingLimits.gapGrace, transaction)
  }

  /// Asks for missing numbers, and gives up those whose grace is over.
  func pursueGaps(_ device: PeerDeviceRecord, _ healing: inout Healing, _ transaction: VaultTransaction) throws {
    try clearTimer(.gap, peer: device.id, transaction)
    guard let highest = try transaction.missingNumbers(peerDeviceID: device.id).last?.upperBound else {
      healing.gapMarks = []
      healing.requests = 0
      return
    }
    mark(highest, &healing)
    while let oldest = healing.gapMarks.first, nowSeconds >= oldest.at + HealingLimits.grace {
      try giveUp(1...max(1, oldest.upTo), device, &healing, transaction)
      healing.gapMarks.removeFirst()
    }
    let missing = try transaction.missingNumbers(peerDeviceID: device.id)
    guard !missing.isEmpty, let oldest = healing.gapMarks.first else {
      healing.gapMarks = []
      return
    }
    let due = healing.lastRequestAt + HealingLimits.requestInterval
    let waits = try transaction.hasOutbox(peerDeviceID: device.id)
    if nowSeconds >= due, !waits {
      try enqueue(.retryRequest(try RetryRequest(try PairRanges(Self.lowest(missing)))), to: device, transaction)
      healing.lastRequestAt = nowSeconds
      if healing.requests < .max { healing.requests += 1 }
    }
    let wait = HealingLimits.doubled(
      HealingLimits.requestInterval, count: waits ? 1 : healing.requests,
      longest: HealingLimits.longestRequestInterval)
    try setTimer(
      .gap, peer: device.id, at: min(max(due, nowSeconds + wait), max(oldest.at + HealingLimits.grace, nowSeconds + 1)),
      transaction)
  }

  /// Notes when the highest missing numbers were noticed.
  private func mark(_ highest: UInt64, _ healing: inout Healing) {
    guard let last = healing.gapMarks.last else {
      healing.gapMarks = [Healing.GapMark(upTo: highest, at: nowSeconds)]
      return
    }
    guard highest > last.upTo else { return }
    if healing.gapMarks.count >= HealingLimits.gapMarkCount { healing.gapMarks.removeLast() }
    healing.gapMarks.append(Healing.GapMark(upTo: highest, at: nowSeconds))
  }

  /// The lowest missing numbers, as many as one request may name.
  private static func lowest(_ missing: [ClosedRange<UInt64>]) -> [ClosedRange<UInt64>] {
    var left = UInt64(ContentLimits.retryMessageCount)
    var ranges: [ClosedRange<UInt64>] = []
    for range in missing where left > 0 {
      let end = min(range.upperBound, range.lowerBound + left - 1)
      ranges.append(range.lowerBound...end)
      left -= end - range.lowerBound + 1
    }
    return ranges
  }

  /// The peer says which numbers will never come (`Gone`). Only numbers below the one that says so can be gone.
  func apply(_ gone: Gone, pairSeq: UInt64, from peer: AuthenticatedPeer, _ transaction: VaultTransaction) throws {
    let before = try transaction.missingNumbers(peerDeviceID: peer.device.id)
    try changeHealing(peer: peer.device.id, transaction) { healing in
      for range in gone.missing.ranges where range.lowerBound < pairSeq {
        try giveUp(
          range.lowerBound...min(range.upperBound, pairSeq - 1), peer.device, &healing, transaction)
      }
      // `Gone` asks for no pairAck, and the last one said that there is a gap.
      guard try transaction.missingNumbers(peerDeviceID: peer.device.id) != before else { return }
      try owePairAck(peer.device.id, &healing, transaction)
    }
  }

  /// Counts missing numbers as processed, with one event for each gap; numbers that are not missing are passed over.
  private func giveUp(
    _ range: ClosedRange<UInt64>, _ device: PeerDeviceRecord, _ healing: inout Healing, _ transaction: VaultTransaction
  ) throws {
    for gap in try transaction.missingNumbers(peerDeviceID: device.id) where gap.overlaps(range) {
      let lost = gap.clamped(to: range)
      try transaction.countAsProcessed(peerDeviceID: device.id, lost)
      // The user was told of some already, when nothing but their envelopes was known.
      let count = UInt32(clamping: lost.upperBound - lost.lowerBound + 1)
      let told = min(count, healing.toldLost)
      healing.toldLost -= told
      if count > told {
        try appendEvent(.messageUndecryptable, contact: device.contactID, count: count - told, transaction)
      }
    }
  }
}
