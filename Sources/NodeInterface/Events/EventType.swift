import Messaging

/// The types of events. A contract: clients must pass over those that they do not know.
package enum EventType: String, CaseIterable, Sendable {
  case messageReceived = "message.received"
  case messageState = "message.state"
  case messageExpired = "message.expired"
  case messageDeleted = "message.deleted"
  case messageViewedOnce = "message.viewed_once"
  case messageUndecryptable = "message.undecryptable"
  case contactAdded = "contact.added"
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
    case .messageUndecryptable: self = .messageUndecryptable
    case .contactAdded: self = .contactAdded
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
    case .messageExpired: "A message was destroyed because its time was over. data.content is null."
    case .messageDeleted: "A message was deleted, by you or its author. data.content is null."
    case .messageViewedOnce: "A view-once message was opened, or sent. data.content is null."
    case .messageUndecryptable: "Messages of a contact will not come any more: data.contact, data.count."
    case .contactAdded: "There is a new contact, or a stranger who waits for an answer: data.contact, data.name."
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
