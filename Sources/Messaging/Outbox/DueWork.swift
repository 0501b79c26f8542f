package import Ambient
import MessageContent
import Vault

extension Messenger {
  /// How many devices' work one transaction does.
  private static let duePeerLimit = 64

  /// Turns everything whose time has come into outbox rows and events: receipts, renewals, requests, acknowledgements.
  ///
  /// A vault that is known to be a copy does nothing.
  package func performDueWork() throws {
    try flushDueReceipts()
    while try performSomeDueWork() {}
  }

  /// - Returns: whether more may be due.
  private func performSomeDueWork() throws -> Bool {
    let isDue = try vault.read { transaction in
      guard try transaction.deviceValue(.copied) == nil else { return false }
      return try nextHealingMilliseconds(transaction).map { $0 <= now.milliseconds } ?? false
    }
    guard isDue else { return false }
    return try vault.write { transaction in
      let due = try transaction.duePeerTimers(nowMilliseconds: now.milliseconds, limit: Self.duePeerLimit)
      for timer in due { try perform(timer, transaction) }
      try expireQuarantine(transaction)
      return true
    }
  }

  /// When the next work of the outbox is due, nil when there is none: a row, a receipt, or something that heals.
  package func nextDeadline() throws -> WallTime? {
    try vault.read { transaction in
      let rows = try transaction.nextOutboxMilliseconds()
      let receipts = try transaction.nextDueReceiptMilliseconds()
      return [rows, receipts, try nextHealingMilliseconds(transaction)].compactMap { $0 }.min()
        .map(WallTime.init(milliseconds:))
    }
  }

  private func nextHealingMilliseconds(_ transaction: VaultTransaction) throws -> Int64? {
    let expiry = try transaction.oldestQuarantine().map { ($0 + HealingLimits.grace) * 1_000 }
    return [try transaction.nextPeerTimerMilliseconds(), expiry].compactMap { $0 }.min()
  }

  private func perform(_ timer: PeerTimer, _ transaction: VaultTransaction) throws {
    try transaction.clearPeerTimer(peerDeviceID: timer.peerDeviceID, kind: timer.kind)
    guard let kind = PeerTimerKind(rawValue: timer.kind),
      let device = try transaction.peerDevice(id: timer.peerDeviceID)
    else { return }
    let (contact, _) = try contactAndBody(device.contactID, transaction)
    guard contact.status == ContactStatus.accepted.rawValue else { return }
    try changeHealing(peer: device.id, transaction) { healing in
      switch kind {
      case .renewal: try renewWhenAllowed(device.id, &healing, transaction)
      case .gap: try pursueGaps(device, &healing, transaction)
      case .pairAck: try acknowledgeAlone(device, &healing, transaction)
      case .firstContact: try repeatFirstContact(device, &healing, transaction)
      case .putAgain:
        healing.lastPutAgainAt = nowSeconds
        try resendUnacknowledged(device, transaction)
      }
    }
  }

  /// Notes that a device has sent something whose pairAck is to go back, with the next message or alone in a while.
  ///
  /// - Parameter soon: a renewed session waits for the answer; it goes with the next receipts.
  func owePairAck(
    _ device: Int64, _ healing: inout Healing, soon: Bool = false, _ transaction: VaultTransaction
  ) throws {
    healing.owesPairAck = true
    guard try soon || !hasTimer(.pairAck, peer: device, transaction) else { return }
    let wait = soon ? receiptDueTime().seconds + 1 : nowSeconds + HealingLimits.pairAckInterval
    try setTimer(
      .pairAck, peer: device, at: max(wait, healing.lastPairAckAt + HealingLimits.pairAckInterval), transaction)
  }

  private func acknowledgeAlone(
    _ device: PeerDeviceRecord, _ healing: inout Healing, _ transaction: VaultTransaction
  ) throws {
    guard healing.owesPairAck else { return }
    guard try !transaction.hasOutbox(contactID: device.contactID) else {
      // It rides on what is waiting to be sent.
      return try setTimer(.pairAck, peer: device.id, at: nowSeconds + HealingLimits.pairAckInterval, transaction)
    }
    healing.owesPairAck = false
    healing.lastPairAckAt = nowSeconds
    try enqueue(.pairAckOnly, to: device, transaction)
  }

  /// A device has acknowledged nothing yet: everything is sent again, on a fresh handshake if nothing has come from it.
  /// If something has, what got lost may be the answer to its first contact, and with it its way to write.
  private func repeatFirstContact(
    _ device: PeerDeviceRecord, _ healing: inout Healing, _ transaction: VaultTransaction
  ) throws {
    guard device.acknowledgedUpTo == 0, healing.firstContactRepeats < HealingLimits.firstContactRepeats,
      let session = try sendingSession(peer: device.id, transaction)
    else { return }
    if try resendUnacknowledged(device, transaction) {
      healing.firstContactRepeats += 1
      if session.state == .unconfirmed { healing.renewing = session.body.sessionID }
    }
    guard healing.firstContactRepeats < HealingLimits.firstContactRepeats else { return }
    try setTimer(.firstContact, peer: device.id, at: nowSeconds + HealingLimits.firstContactInterval, transaction)
  }
}
