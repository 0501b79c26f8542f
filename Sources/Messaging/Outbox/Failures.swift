import KeyAgreement
import Vault
import Verification

/// Why a message was given up. The numbers are the vault's.
package enum FailureReason: UInt8, Hashable, Sendable, CaseIterable {
  /// It could not be delivered for 14 days.
  case timedOut = 1
  /// The recipient's relay refused it for good.
  case refused = 2
  /// The recipient's relay takes nothing of this size.
  case tooLarge = 3
  /// No device of the recipient is left that it could go to.
  case noDevice = 4
  /// The file that was to be sent is gone from this disk.
  case fileLost = 5
  /// The contact was blocked or declined here before it went out.
  case contactSilenced = 6
}

extension Messenger {
  /// Gives a row up; its message is marked as failed, with the reason, and the user is told.
  func fail(_ row: OutboxRecord, _ reason: FailureReason, _ transaction: VaultTransaction) throws {
    try transaction.deleteOutbox(id: row.id)
    guard let id = row.messageID, row.kind != OutboxKind.edit.rawValue,
      var message = try transaction.message(id: id), message.state == MessageState.queued.rawValue
    else { return }
    message.state = MessageState.failed.rawValue
    message.rev += 1
    try transaction.updateMessage(message)
    try transaction.setFailureReason(reason.rawValue, messageID: id)
    try appendEvent(.messageState, message: message, transaction)
    if row.kind == OutboxKind.upload.rawValue { try appendEvent(.attachmentFailed, message: message, transaction) }
  }

  /// Drops a row whose device is no device of the contact any more. Its message has failed if no other device gets it.
  func deviceIsGone(_ row: OutboxRecord, _ transaction: VaultTransaction) throws {
    guard let id = row.messageID, row.kind != OutboxKind.edit.rawValue,
      try transaction.outbox(messageID: id).count(where: { $0.kind != OutboxKind.edit.rawValue }) == 1
    else {
      return try transaction.deleteOutbox(id: row.id)
    }
    guard try transaction.storedEnvelopeCount(messageID: id) > 0 else { return try fail(row, .noDevice, transaction) }
    try transaction.deleteOutbox(id: row.id)
    try advance(message: id, to: .stored, at: nowSeconds, transaction)
  }

  /// Queues a failed message again: the same message id, and for a device that may have it already the same number.
  ///
  /// - Throws: ``MessagingError/unknownMessage(_:)``, ``MessagingError/notFailed``.
  package func retry(message id: Int64) throws -> MessageView {
    try vault.write { transaction in
      guard var message = try transaction.message(id: id), message.direction == .outgoing,
        let conversation = try transaction.conversation(id: message.conversationID)
      else { throw MessagingError.unknownMessage(id) }
      guard message.state == MessageState.failed.rawValue, try mayBeSent(message: id, transaction) else {
        throw MessagingError.notFailed
      }
      let sent = try transaction.sentLog(messageID: id).filter { $0.kind != OutboxKind.edit.rawValue }
      // Its file may not have reached the relay, and is not kept: it has to be sent anew.
      if sent.isEmpty, try attachment(id, transaction) != nil { throw MessagingError.notFailed }
      // Devices that have been revoked since get nothing; those that have come since do.
      let known = try sent.filter { try isListed(device: $0.peerDeviceID, transaction) }
      message.state = MessageState.queued.rawValue
      message.rev += 1
      try transaction.updateMessage(message)
      try transaction.clearFailureReason(messageID: id)
      for record in known {
        try enqueue(
          .message, contact: conversation.contactID, device: record.peerDeviceID, message: id, content: [],
          pairSeq: record.pairSeq, notBefore: now, transaction)
      }
      if known.isEmpty {
        try enqueue(
          .message, contact: conversation.contactID, message: id, content: [], notBefore: now, transaction)
      }
      try appendEvent(.messageState, message: message, transaction)
      return try view(id, transaction)
    }
  }

  private func isListed(device id: Int64, _ transaction: VaultTransaction) throws -> Bool {
    guard let device = try transaction.peerDevice(id: id),
      let list = try pinnedLists(contactAndBody(device.contactID, transaction).1)?.current
    else { return false }
    let key = try PeerDeviceBody(device.body).deviceKey
    return list.entries.contains { $0.deviceKey.bytes == key }
  }

  /// Why a message has failed, nil for one that has not.
  func failureReason(_ message: MessageRecord, _ transaction: VaultTransaction) throws -> FailureReason? {
    guard message.state == MessageState.failed.rawValue else { return nil }
    return try transaction.failureReason(messageID: message.id).flatMap(FailureReason.init(rawValue:))
  }
}
