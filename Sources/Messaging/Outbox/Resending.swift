import MessageContent
import RelayWire
import Vault

extension Messenger {
  /// A device asks for messages again: those that were first encrypted to this very device key, as new session messages
  /// with the same message id and number. What will not come is told.
  func honour(_ request: RetryRequest, from peer: AuthenticatedPeer, _ transaction: VaultTransaction) throws {
    guard peer.contact.status == ContactStatus.accepted.rawValue else { return }
    let isEarly = try changeHealing(peer: peer.device.id, transaction) { healing in
      guard nowSeconds >= healing.lastHonouredAt + HealingLimits.requestInterval else { return true }
      healing.lastHonouredAt = nowSeconds
      return false
    }
    guard !isEarly, let device = try transaction.peerDevice(id: peer.device.id) else { return }
    let waiting = try numbersWaiting(for: device, transaction)
    var gone: [UInt64] = []
    // At most 100 numbers, which the decoder has seen to.
    for number in request.missing.ranges.joined() where number < device.nextPairSeq && !waiting.contains(number) {
      if try !resend(number, to: device, transaction) { gone.append(number) }
    }
    guard !gone.isEmpty else { return }
    try enqueue(.gone(try Gone(try PairRanges(numbers: gone))), to: device, transaction)
  }

  /// Sends everything again that a device has not acknowledged.
  ///
  /// - Parameter excluded: a number that needs it not.
  /// - Returns: whether there was anything.
  @discardableResult
  func resendUnacknowledged(
    _ device: PeerDeviceRecord, except excluded: UInt64? = nil, _ transaction: VaultTransaction
  ) throws -> Bool {
    let waiting = try numbersWaiting(for: device, transaction)
    var resent = false
    for record in try transaction.sentLog(peerDeviceID: device.id)
    where record.pairSeq != excluded && !waiting.contains(record.pairSeq) {
      // What is gone is told when it is asked for.
      if try resend(record.pairSeq, to: device, transaction) { resent = true }
    }
    return resent
  }

  /// The numbers that are in the outbox anyway.
  private func numbersWaiting(for device: PeerDeviceRecord, _ transaction: VaultTransaction) throws -> Set<UInt64> {
    Set(
      try transaction.outbox(contactID: device.contactID)
        .filter { $0.peerDeviceID == device.id }.compactMap(\.pairSeq))
  }

  /// - Returns: false for what will never come: unknown, erased, or given up.
  private func resend(_ number: UInt64, to device: PeerDeviceRecord, _ transaction: VaultTransaction) throws -> Bool {
    guard let record = try transaction.sentLog(peerDeviceID: device.id, pairSeq: number),
      var kind = OutboxKind(rawValue: record.kind)
    else { return false }
    var (message, content) = (record.messageID, [UInt8]())
    if let id = message {
      if try !mayBeSent(message: id, transaction) {
        // What ended as its sender wanted is not missed by anybody: its number is filled with nothing.
        guard let ended = try transaction.message(id: id), try isGone(ended, transaction) else { return false }
        (kind, message, content) = (.control, nil, try encode(.control(.pairAckOnly)))
      }
    } else {
      guard let kept = try transaction.sentContent(peerDeviceID: device.id, pairSeq: number) else { return false }
      content = try upToDate(kept, contact: device.contactID, transaction)
    }
    // It was sent often enough; it may still be on its way.
    guard record.resent < HealingLimits.resendCount else { return true }
    try transaction.countResent(peerDeviceID: device.id, pairSeq: number)
    try enqueue(
      kind, contact: device.contactID, device: device.id, message: message, content: content, pairSeq: number,
      notBefore: now, conversation: record.conversationID, transaction)
    return true
  }

  /// The way to write to me is sent again as it is now: an older one would take the place of a newer one. Everything else
  /// goes as it was sent, also what this version cannot read.
  private func upToDate(
    _ content: [UInt8], contact: Int64, _ transaction: VaultTransaction
  ) throws -> [UInt8] {
    let decoded: DecodedContent
    do { decoded = try ContentCodec.decode(content) } catch { return content }
    guard case .known(let known) = decoded else { return content }
    switch known.kind {
    case .control(.introduction): return try encode(.control(.introduction(introduction(to: contact, transaction))))
    case .control(.replyPath): return try encode(.control(.replyPath(replyPath(for: contact, transaction))))
    default: return content
    }
  }

  /// Whether a message still has content that may leave: not erased, and its deadline is not over.
  func mayBeSent(message id: Int64, _ transaction: VaultTransaction) throws -> Bool {
    guard let message = try transaction.message(id: id), try transaction.messageContent(id: id) != nil else {
      return false
    }
    return message.deadline.map { $0 > nowSeconds } ?? true
  }

  /// The peer's relay tells in which epoch the mailbox is. A higher one than before: it was rolled back, and what the peer
  /// has not acknowledged is put again (Protocol §6, "Rolled-back relays").
  ///
  /// - Parameter pairSeq: of what has just been stored there.
  func noteEpoch(
    _ epoch: UInt32, of mailbox: MailboxID, pairSeq: UInt64?, peer: Int64, _ transaction: VaultTransaction
  ) throws {
    guard epoch > 0, let device = try transaction.peerDevice(id: peer) else { return }
    try changeHealing(peer: peer, transaction) { healing in
      let isRolledBack = healing.mailbox == mailbox.bytes && healing.epoch > 0 && epoch > healing.epoch
      guard healing.mailbox != mailbox.bytes || epoch > healing.epoch else { return }
      healing.mailbox = mailbox.bytes
      healing.epoch = epoch
      guard isRolledBack else { return }
      let allowedAt = healing.lastPutAgainAt + HealingLimits.putAgainInterval
      guard healing.lastPutAgainAt == 0 || nowSeconds >= allowedAt else {
        return try setTimer(.putAgain, peer: peer, at: allowedAt, transaction)
      }
      healing.lastPutAgainAt = nowSeconds
      try resendUnacknowledged(device, except: pairSeq, transaction)
    }
  }
}
