import KeyAgreement
import Primitives
import ByteLayout
import MessageContent
import Vault

extension Messenger {
  /// An own operation: into the outbox, and done here at once.
  ///
  /// - Parameter isSent: false when the other side cannot have the target: then it is done here only.
  func perform(
    _ operation: Operation, in conversation: ConversationRecord, isSent: Bool = true, _ transaction: VaultTransaction
  ) throws {
    let id: FixedBytes<16> = environment.randomness.fixed()
    let sentAt = try nextSentAt(conversation: conversation.id, transaction)
    let encoded = try encode(.operation(operation), id: id, sentAt: sentAt)
    if isSent {
      let isDirect = conversation.kind == ConversationKind.direct.rawValue
      try enqueue(
        .operation, contact: conversation.contactID, message: nil, content: encoded,
        notBefore: now,
        conversation: isDirect ? nil : conversation.id, transaction)
    }
    try touchConversation(conversation.id, at: sentAt, transaction)
    let input = OperationInput(
      operation: operation, id: id, sentAtMilliseconds: sentAt, author: own.account.bytes,
      contactID: conversation.contactID, conversation: conversation.id, isOwn: true)
    try apply(input, encoded: encoded, transaction)
  }
}
