import Vault

extension Messenger {
  /// Whether read receipts are sent, and shown: one is not to be had without the other. On at first.
  package func readReceipts() throws -> Bool {
    try vault.read { transaction in try readReceipts(transaction) }
  }

  /// Switches read receipts, both ways. What is owed already is not sent any more once they are off.
  package func setReadReceipts(_ isOn: Bool) throws {
    try vault.write { transaction in try transaction.setAccountValue(.readReceipts, [isOn ? 1 : 0]) }
  }

  func readReceipts(_ transaction: VaultTransaction) throws -> Bool {
    try transaction.accountValue(.readReceipts) != [0]
  }

  /// Notes that incoming messages were played, which implies that they were read: each owes a receipt, once.
  package func markPlayed(_ ids: [Int64]) throws {
    try markRead(ids)
    try vault.write { transaction in
      for id in ids {
        guard var message = try transaction.message(id: id), message.direction == .incoming, message.playedAt == nil,
          let conversation = try transaction.conversation(id: message.conversationID),
          let contact = try transaction.contact(id: conversation.contactID)
        else { continue }
        message.playedAt = nowSeconds
        message.state = MessageState.played.rawValue
        message.rev += 1
        try transaction.updateMessage(message)
        try oweReceipt(.played, message: id, contact: contact, transaction)
      }
    }
  }
}
