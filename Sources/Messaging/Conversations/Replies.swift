package import ByteLayout
import KeyAgreement
import MessageContent
import Vault

/// The message that another one answers, as this vault has it now.
package struct AnsweredMessage: Hashable, Sendable {
  /// The message id that both sides know.
  package let messageID: FixedBytes<16>
  /// Whether this account wrote it.
  package let isOwn: Bool
  /// What it says now; nil: there is no such message in this conversation.
  package let body: MessageBody?
}

extension Messenger {
  /// An answer to a message of the same conversation: its name, and nothing of what it says.
  ///
  /// - Throws: ``MessagingError/unknownMessage(_:)``, ``MessagingError/notAnswerable``,
  ///   ``MessagingError/contentGone(_:)``, ``MessagingError/viewOnceNotQuoted``.
  func answer(
    _ id: Int64, in conversation: Int64, with body: Body, _ transaction: VaultTransaction
  ) throws -> Body {
    guard let record = try transaction.message(id: id) else { throw MessagingError.unknownMessage(id) }
    guard record.conversationID == conversation, record.isSaid else {
      throw MessagingError.notAnswerable
    }
    guard try transaction.messageLife(id: id)?.isViewOnce != true else { throw MessagingError.viewOnceNotQuoted }
    let message = try opened(record, transaction)
    if let reason = message.gone { throw MessagingError.contentGone(reason) }
    guard let messageID = message.messageID else { throw MessagingError.damagedRecord(table: "message") }
    let author =
      if record.direction == .outgoing {
        own.account.bytes
      } else {
        try contactAndBody(self.record(ofConversation: conversation, transaction).contactID, transaction).1.account
      }
    do throws(ContentError) {
      return .reply(try Reply(target: OperationTarget(author: author, id: MessageID(messageID)), body: body))
    } catch { throw MessagingError.notAnswerable }
  }

  /// What a message answers, nil when it answers nothing.
  ///
  /// A message of another conversation is not looked up: whoever names one must not have it shown here.
  func answered(by message: OpenedMessage, _ transaction: VaultTransaction) throws -> AnsweredMessage? {
    guard message.gone == nil, case .said(.known(let content))? = message.content,
      case .body(.reply(let reply)) = content.kind
    else { return nil }
    let hash = messageHash(author: reply.target.author, id: reply.target.id.bytes, transaction)
    var body: MessageBody?
    if let target = try transaction.message(midHash: hash),
      target.conversationID == message.record.conversationID
    {
      body = Self.shownBody(try opened(target, transaction))
    }
    return AnsweredMessage(
      messageID: reply.target.id.bytes, isOwn: reply.target.author == own.account.bytes, body: body)
  }
}
