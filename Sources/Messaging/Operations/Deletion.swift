import KeyAgreement
import ByteLayout
import MessageContent
import Vault

/// Delete for everyone: only what one wrote oneself, at any time in direct and secret chats.
struct DeleteRule: OperationRule {
  func isAllowed(_ input: OperationInput, on target: OperationTarget) -> Bool { target.author == input.author }

  func apply(
    _ input: OperationInput, to message: MessageRecord, by core: Messenger, _ transaction: VaultTransaction
  ) throws {
    try core.end(message.id, .deleted, isWithdrawn: input.isOwn, transaction)
  }
}

extension Messenger {
  /// Deletes own messages on both sides: here first, then the peer is asked until its relay has taken the request.
  ///
  /// The peer's node does it if it keeps to the rules; nobody can make it (Docs/SelfDestruct.md).
  /// - Throws: ``MessagingError/unknownMessage(_:)``, ``MessagingError/notYours(_:)``; nothing was deleted then.
  package func deleteForEveryone(_ ids: [Int64]) throws {
    try vault.write { transaction in
      for id in ids {
        guard let message = try transaction.message(id: id) else { throw MessagingError.unknownMessage(id) }
        guard message.direction == .outgoing, message.isSaid else {
          throw MessagingError.notYours(id)
        }
        guard let conversation = try transaction.conversation(id: message.conversationID) else {
          throw MessagingError.damagedRecord(table: "message")
        }
        // What expired here may still be at the peer, whose countdown began later.
        guard let mid = try messageID(of: id, transaction) else { continue }
        let operation = try Operation(
          target: OperationTarget(author: own.account.bytes, id: MessageID(mid)), revision: 1, kind: .delete)
        try perform(operation, in: conversation, isSent: try !isStillHere(id, transaction), transaction)
      }
    }
    try eraseDue()
  }

  /// Deletes messages on this side only. Says nothing to anybody.
  ///
  /// - Throws: ``MessagingError/unknownMessage(_:)``; nothing was deleted then.
  package func deleteForMe(_ ids: [Int64]) throws {
    try vault.write { transaction in
      for id in ids {
        guard try transaction.message(id: id) != nil else { throw MessagingError.unknownMessage(id) }
        try end(id, .deleted, transaction)
      }
    }
    try eraseDue()
  }

  /// Whether nothing of the message can have left this device yet.
  func isStillHere(_ id: Int64, _ transaction: VaultTransaction) throws -> Bool {
    let rows = try transaction.outbox(messageID: id).filter { $0.kind != OutboxKind.edit.rawValue }
    return !rows.isEmpty && rows.allSatisfy { $0.state == OutboxState.waiting.rawValue && $0.pairSeq == nil }
  }
}
