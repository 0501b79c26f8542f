import Messaging

/// The types of events. A contract: clients must pass over those that they do not know.
package enum EventType: String, CaseIterable, Sendable {
  case messageReceived = "message.received"
  case messageState = "message.state"
  case messageEdited = "message.edited"
  case messageExpired = "message.expired"
  case messageDeleted = "message.deleted"
  case messageViewedOnce = "message.viewed_once"
  case messageUndecryptable = "message.undecryptable"
  case receiptDelivered = "receipt.delivered"
  case receiptRead = "receipt.read"
  case receiptPlayed = "receipt.played"
  case attachmentReady = "attachment.ready"
  case attachmentFailed = "attachment.failed"
  case requestReceived = "request.received"
  case requestResolved = "request.resolved"
  case contactAdded = "contact.added"
  case contactUpdated = "contact.updated"
  case contactRemoved = "contact.removed"
  case contactBlocked = "contact.blocked"
  case identityVerified = "identity.verified"
  case identityChanged = "identity.changed"
  case chatCreated = "chat.created"
  case chatTimerChanged = "chat.timer_changed"
  case chatDeleted = "chat.deleted"
  case chatScreenshot = "chat.screenshot"
  case accountUpdated = "account.updated"
  case securityWarning = "account.security_warning"
  case consumerGap = "consumer.gap"

  /// The type of something that happened; nil for what is nobody's business outside.
  init?(_ event: EventView) {
    switch event.kind {
    case .messageReceived: self = .messageReceived
    case .messageState: self = .messageState
    case .messageEdited: self = .messageEdited
    case .messageUndecryptable: self = .messageUndecryptable
    case .contactAdded: self = .contactAdded
    case .contactUpdated: self = .contactUpdated
    case .contactRemoved: self = .contactRemoved
    case .contactBlocked: self = .contactBlocked
    case .receiptDelivered: self = .receiptDelivered
    case .receiptRead: self = .receiptRead
    case .receiptPlayed: self = .receiptPlayed
    case .attachmentReady: self = .attachmentReady
    case .attachmentFailed: self = .attachmentFailed
    case .requestReceived: self = .requestReceived
    case .requestResolved: self = .requestResolved
    case .identityVerified: self = .identityVerified
    case .identityChanged: self = .identityChanged
    case .vaultAdopted: self = .accountUpdated
    case .vaultCopied, .equivocation, .relayMisbehaved, .sessionBroken: self = .securityWarning
    case .sessionStarted: return nil
    case .messageGone:
      guard case .gone(let reason) = event.message?.body else { return nil }
      self =
        switch reason {
        case .expired: .messageExpired
        case .deleted: .messageDeleted
        case .viewed: .messageViewedOnce
        }
    case .conversationChanged:
      guard case .info(let line) = event.message?.body else { return nil }
      self =
        switch line.kind {
        case .timerChanged: .chatTimerChanged
        case .screenshot: .chatScreenshot
        case .secretChatOpened: .chatCreated
        case .secretChatClosed: .chatDeleted
        }
    }
  }

  /// For the reference.
  package var summary: String {
    switch self {
    case .messageReceived: "A message has come. data is the message as it is now."
    case .messageState: "A message that you sent has come further, or has failed. data is the message as it is now."
    case .messageEdited:
      "The words of a message were edited, by you or its author. data is the message as it is now; data.rev counts."
    case .messageExpired: "A message was destroyed because its time was over. data.content is null."
    case .messageDeleted: "A message was deleted, by you or its author. data.content is null."
    case .messageViewedOnce: "A view-once message was opened, or sent. data.content is null."
    case .messageUndecryptable: "Messages of a contact will not come any more: data.contact, data.count."
    case .receiptDelivered, .receiptRead, .receiptPlayed:
      "A contact has told so of data.count of your messages, of which data.message is the newest; message.state tells each."
    case .attachmentReady: "The file of a message is here. data is the message as it is now."
    case .attachmentFailed:
      "The file of a message cannot be had any more, or could not be sent. data is the message as it is now."
    case .requestReceived: "A stranger waits for an answer: data.contact, data.name."
    case .requestResolved: "The stranger was answered: data.status is accepted, declined or blocked."
    case .contactAdded:
      "There is a new contact, or a stranger who waits for an answer: data.contact, data.name, data.status."
    case .contactUpdated:
      "A contact has another name here, tells something else of itself (contact.get), or is not blocked any more."
    case .contactRemoved: "A contact was removed here; data.contact is not used again."
    case .contactBlocked: "A contact was blocked here."
    case .identityVerified: "The safety number of a contact was compared, or that was taken back."
    case .identityChanged: "The devices of a contact have changed: data.contact, data.count."
    case .chatCreated: "A secret chat was opened. data is its info line."
    case .chatTimerChanged: "Somebody set the timer of a conversation. data is its info line."
    case .chatDeleted: "A secret chat was closed. data is its info line."
    case .chatScreenshot: "A program noticed that the screen was captured. data is its info line."
    case .accountUpdated: "This vault was taken over as the only one."
    case .securityWarning:
      "Something is wrong: data.reason is vault_copied, equivocation, relay_misbehaved or session_broken."
    case .consumerGap: "Events from data.fromSeq to data.toSeq were dropped before you acknowledged them."
    }
  }
}
