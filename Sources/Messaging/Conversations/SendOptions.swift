import Vault

/// How a message is sent, beside what is in it.
package struct SendOptions: Hashable, Sendable {
  /// Its own limits, which only shorten what the conversation's timer says; nil: the timer's.
  package var limits: MessageLimits?
  /// To be opened once.
  package var isViewOnce: Bool
  /// The secret chat that it goes into, nil for the direct conversation.
  package var chat: Int64?
  /// The message of the same conversation that it answers.
  package var replyTo: Int64?

  package init(limits: MessageLimits? = nil, isViewOnce: Bool = false, chat: Int64? = nil, replyTo: Int64? = nil) {
    self.limits = limits
    self.isViewOnce = isViewOnce
    self.chat = chat
    self.replyTo = replyTo
  }
}

extension Messenger {
  /// The conversation that a message goes into, once everything allows it.
  ///
  /// - Throws: ``MessagingError/contactBlocked(_:)``, ``MessagingError/viewOnceUnsupported(_:)``,
  ///   ``MessagingError/unknownConversation``, ``MessagingError/chatClosed``.
  func conversation(of options: SendOptions, to contact: Int64, _ transaction: VaultTransaction) throws -> Int64 {
    let (record, body) = try contactAndBody(contact, transaction)
    guard record.status != ContactStatus.blocked.rawValue, record.status != ContactStatus.declined.rawValue else {
      throw MessagingError.contactBlocked(body.name)
    }
    if options.isViewOnce {
      let peer = try options.chat.map {
        try ConversationBody(self.record(ofConversation: $0, transaction).body).peerDeviceID
      }
      guard try !devicesOpeningViewOnce(contact: contact, only: peer, transaction).isEmpty else {
        throw MessagingError.viewOnceUnsupported(body.name)
      }
    }
    guard let chat = options.chat else {
      let conversation = try conversationID(contact: contact, transaction)
      try announceDefaultTimer(conversation: conversation, transaction)
      return conversation
    }
    let conversation = try self.record(ofConversation: chat, transaction)
    guard conversation.kind == ConversationKind.secret.rawValue, conversation.contactID == contact else {
      throw MessagingError.unknownConversation
    }
    guard try !ConversationBody(conversation.body).isClosed else { throw MessagingError.chatClosed }
    return chat
  }

  /// The secret chat that a message is in, nil for a direct conversation.
  func secretChat(ofMessage id: Int64, _ transaction: VaultTransaction) throws -> Int64? {
    guard let message = try transaction.message(id: id),
      let conversation = try transaction.conversation(id: message.conversationID)
    else { return nil }
    return conversation.kind == ConversationKind.secret.rawValue ? conversation.id : nil
  }

  /// Whether a contact is this account itself.
  func isOwn(contact id: Int64, _ transaction: VaultTransaction) throws -> Bool {
    try transaction.contact(id: id)?.status == ContactStatus.own.rawValue
  }
}
