import ByteLayout
import MessageContent
import Vault

extension Messenger {
  /// Notes the limits of a message that was just inserted with its deadline.
  func setLimits(_ limits: MessageLimits, isViewOnce: Bool, of id: Int64, _ transaction: VaultTransaction) throws {
    guard limits != .none || isViewOnce else { return }
    try transaction.setMessageLife(
      MessageLifeRecord(
        id: id, readSeconds: limits.readSeconds, maximumAgeSeconds: limits.maximumAgeSeconds, isViewOnce: isViewOnce))
  }

  /// The first reading: from now on the visibility limit counts. A later reading changes nothing.
  func startReading(_ message: inout MessageRecord, _ transaction: VaultTransaction) throws {
    try shorten(&message, from: nowSeconds, transaction)
  }

  /// An own message has reached its relay: its sender's copy counts from then, and of view-once content none is kept.
  func startOwnCountdown(_ message: inout MessageRecord, _ transaction: VaultTransaction) throws {
    // A receipt may come before the relay's answer.
    guard message.direction == .outgoing, let arrived = message.storedAt ?? message.deliveredAt,
      let life = try transaction.messageLife(id: message.id), life.gone == 0
    else { return }
    // Another device of the contact may still have to get it.
    if life.isViewOnce, try transaction.outbox(messageID: message.id).isEmpty { message.deadline = 0 }
    try shorten(&message, from: min(arrived, nowSeconds), transaction)
  }

  /// A deadline only ever moves forward in time to an earlier moment.
  private func shorten(_ message: inout MessageRecord, from start: Int64, _ transaction: VaultTransaction) throws {
    guard let life = try transaction.messageLife(id: message.id), life.readSeconds > 0, life.gone == 0 else { return }
    let deadline = start + Int64(life.readSeconds)
    message.deadline = min(message.deadline ?? deadline, deadline)
  }

  /// The limits of a message that is written now: its own, never longer than the conversation's timer.
  func expiry(
    _ chosen: MessageLimits?, isViewOnce: Bool, conversation: ConversationRecord
  ) throws -> Expiry {
    let timer = try ConversationBody(conversation.body).timer
    let fromTimer = MessageLimits(timer.setting)
    var limits = (chosen.map { $0.shortened(by: fromTimer) } ?? fromTimer).completed
    if isViewOnce { limits = limits.shortened(by: .unopened) }
    return Expiry(
      readSeconds: limits.readSeconds, maximumAgeSeconds: limits.maximumAgeSeconds, timerVersion: timer.version,
      isOwn: limits != fromTimer)
  }
}
