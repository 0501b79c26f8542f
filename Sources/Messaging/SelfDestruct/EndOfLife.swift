package import Ambient
import ByteLayout
import MessageContent
import Vault

/// Why there is nothing to see of a message any more.
package enum GoneReason: UInt8, Hashable, Sendable {
  case expired = 1
  case deleted = 2
  /// View-once, and it was opened; at its sender, and it was sent.
  case viewed = 3
}

extension Messenger {
  /// Messages that one erasure destroys at most.
  static let erasureBatch = 500

  /// Ends a message's life: nothing shows it from now on, nothing sends it, and the next erasure destroys its key.
  ///
  /// - Parameter isWithdrawn: whether the other side is to lose it too; then its envelopes and its file are taken back.
  func end(
    _ id: Int64, _ reason: GoneReason, isWithdrawn: Bool = false, _ transaction: VaultTransaction
  ) throws {
    guard var message = try transaction.message(id: id) else { return }
    var life = try transaction.messageLife(id: id) ?? MessageLifeRecord(id: id)
    guard life.gone == 0 else {
      // It may have ended here before it ends for everyone.
      if isWithdrawn { try takeBack(of: message, life, isWithdrawn: true, transaction) }
      return
    }
    try unindex(message, transaction)
    // The id is no content, and receipts, repetitions and "gone" itself need it.
    if let mid = try messageID(of: id, transaction) { life.messageID = mid }
    life.gone = reason.rawValue
    life.goneAt = nowSeconds
    try transaction.setMessageLife(life)
    message.deadline = 0
    message.rev += 1
    try transaction.updateMessage(message)
    try takeBack(of: message, life, isWithdrawn: isWithdrawn, transaction)
    for row in try transaction.outbox(messageID: id) { try transaction.deleteOutbox(id: row.id) }
    try appendEvent(.messageGone, message: message, transaction)
  }

  /// Destroys everything whose time has come, in batches, and leaves no trace in any file of the vault (C13).
  ///
  /// At the start of a process, before anything is shown, and whenever ``nextExpiry()`` has come. Free when nothing is due.
  package func eraseDue() throws {
    try checkClock()
    while true {
      let due = try vault.read { transaction in
        try transaction.dueMessages(at: nowSeconds, limit: Self.erasureBatch)
      }
      guard try !due.isEmpty || vault.read({ try $0.hasReplacedKeys() }) else { break }
      try erase(due) { transaction in
        for id in due {
          guard let ending = try transaction.message(id: id) else { continue }
          try end(id, goneReason(ending, try transaction.messageLife(id: id)) ?? .expired, transaction)
          guard var message = try transaction.message(id: id) else { continue }
          message.deadline = nil
          try transaction.updateMessage(message)
        }
      }
    }
    try dropClosedSecretSessions()
    try removeTracesIfDue()
  }

  /// When something must be destroyed next, nil when nothing has a limit.
  package func nextExpiry() throws -> WallTime? {
    let deadline = try vault.read { transaction -> WallTime? in
      guard try !transaction.hasReplacedKeys() else { return now }
      return try transaction.nextDeadline().map { WallTime(seconds: $0) }
    }
    return [deadline, nextTraceRemoval()].compactMap(\.self).min()
  }

  /// Why a message is gone; nil while it may be shown. Its deadline counts even if nothing has destroyed it yet.
  func goneReason(_ message: MessageRecord, _ life: MessageLifeRecord?) -> GoneReason? {
    if let life, life.gone != 0 { return GoneReason(rawValue: life.gone) ?? .deleted }
    guard let deadline = message.deadline, deadline <= nowSeconds else { return nil }
    return life?.isViewOnce == true && message.direction == .outgoing ? .viewed : .expired
  }

  func isGone(_ message: MessageRecord, _ transaction: VaultTransaction) throws -> Bool {
    try goneReason(message, transaction.messageLife(id: message.id)) != nil
  }
}
