import Ambient
import ByteLayout
import KeyAgreement
import MessageContent
import Vault

extension Messenger {
  /// A receipt from a contact: only for messages that were sent to that very contact, and never back.
  func apply(_ receipt: Receipt, from peer: AuthenticatedPeer, _ transaction: VaultTransaction) throws {
    // Whoever does not tell is not told: reading proves no more than delivery then.
    let showsReading = try readReceipts(transaction)
    let state: MessageState
    switch receipt.kind {
    case .read where showsReading: state = .read
    case .played where showsReading: state = .played
    case .delivered, .read, .played: state = .delivered
    }
    // A peer's clock may not date its receipt into the future.
    let at = min(receipt.atMilliseconds, now.milliseconds) / 1_000
    var raised: [Int64] = []
    for id in receipt.ids {
      let hash = messageHash(author: own.account.bytes, id: id.bytes, transaction)
      guard let message = try transaction.message(midHash: hash),
        message.direction == .outgoing,
        try transaction.conversation(id: message.conversationID)?.contactID == peer.contact.id
      else { continue }
      if try advance(message: message.id, to: state, at: at, transaction) { raised.append(message.id) }
      try forgetEnvelopes(of: message.id, transaction)
    }
    // One for all that a contact tells at once; what it told before is told once.
    guard let newest = raised.max() else { return }
    let kind: EventKind =
      switch state {
      case .read: .receiptRead
      case .played: .receiptPlayed
      default: .receiptDelivered
      }
    try appendEvent(kind, contact: peer.contact.id, count: UInt32(raised.count), message: newest, transaction)
  }

  /// Raises a message to a state: monotonic, and a later state implies the earlier ones.
  ///
  /// - Returns: whether anything of it is new.
  @discardableResult
  func advance(
    message id: Int64, to state: MessageState, at seconds: Int64, _ transaction: VaultTransaction
  ) throws -> Bool {
    guard var message = try transaction.message(id: id) else { return false }
    let before = message
    if state == .stored, message.storedAt == nil { message.storedAt = seconds }
    if state >= .delivered, state != .failed, message.deliveredAt == nil { message.deliveredAt = seconds }
    if state >= .read, state != .failed, message.readAt == nil { message.readAt = seconds }
    if state == .played, message.playedAt == nil { message.playedAt = seconds }
    let current = MessageState(rawValue: message.state) ?? .queued
    // A receipt proves that a message which had been given up has arrived after all.
    if current == .failed || state > current { message.state = state.rawValue }
    if current == .failed { try transaction.clearFailureReason(messageID: id) }
    guard message != before else { return false }
    message.rev += 1
    try startOwnCountdown(&message, transaction)
    try transaction.updateMessage(message)
    try appendEvent(.messageState, message: message, transaction)
    return true
  }
}
