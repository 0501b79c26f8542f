/// What one session message says (Protocol §8).
///
/// Its author is the authenticated account, and in direct chats its conversation the authenticated session's: neither
/// is in here.
package struct Content: Sendable {
  /// Something to show, or something about what was shown, or something between the nodes.
  package enum Kind: Sendable {
    case body(Body)
    case operation(Operation)
    case receipt(Receipt)
    case control(Control)
  }

  package let header: ContentHeader
  package let kind: Kind

  package init(header: ContentHeader, kind: Kind) {
    self.header = header
    self.kind = kind
  }

  /// A Content of a direct or secret chat.
  package init(id: MessageID, sentAtMilliseconds: Int64, expiry: Expiry = .never, kind: Kind) throws(ContentError) {
    self.init(
      header: try ContentHeader(id: id, conversation: [], sentAtMilliseconds: sentAtMilliseconds, expiry: expiry),
      kind: kind)
  }
}

/// What every Content says, of whatever kind.
package struct ContentHeader: Hashable, Sendable {
  package let id: MessageID
  /// Names the group; empty in direct and secret chats.
  package let conversation: [UInt8]
  /// By the sender's clock.
  package let sentAtMilliseconds: Int64
  package let expiry: Expiry

  /// - Throws: ``ContentError`` for a conversation over 32 bytes or a time that is none.
  package init(
    id: MessageID, conversation: [UInt8], sentAtMilliseconds: Int64, expiry: Expiry
  ) throws(ContentError) {
    guard conversation.count <= ContentLimits.conversationByteCount else {
      throw .tooLong(field: .conversation, limit: ContentLimits.conversationByteCount, actual: conversation.count)
    }
    guard ContentTime.isValid(sentAtMilliseconds) else { throw .notAllowed(.sentAt) }
    self.id = id
    self.conversation = conversation
    self.sentAtMilliseconds = sentAtMilliseconds
    self.expiry = expiry
  }
}

/// How long a Content may live.
package struct Expiry: Hashable, Sendable {
  /// From the first reading; 0: no limit.
  package let readSeconds: UInt32
  /// From sending, or storing if that is earlier; 0: no limit.
  package let maximumAgeSeconds: UInt32
  /// Of the conversation's timer when the Content was sent.
  package let timerVersion: UInt32
  /// Chosen for this Content alone: the limits say nothing of the conversation's timer.
  package let isOwn: Bool

  package init(readSeconds: UInt32, maximumAgeSeconds: UInt32, timerVersion: UInt32, isOwn: Bool = false) {
    self.readSeconds = readSeconds
    self.maximumAgeSeconds = maximumAgeSeconds
    self.timerVersion = timerVersion
    self.isOwn = isOwn
  }

  /// No limit, and no timer was ever set.
  package static let never = Expiry(readSeconds: 0, maximumAgeSeconds: 0, timerVersion: 0)
}

/// Where a Content belongs, which decides about its conversation field.
package enum ContentScope: Hashable, Sendable {
  /// A direct or secret chat: the session is the conversation, and naming one is refused.
  case direct
  /// A group: the field must name it.
  case group

  /// - Throws: ``ContentError`` when the field is where it must not be, missing where it must be, or over 32 bytes.
  func check(_ conversation: [UInt8]) throws(ContentError) {
    switch self {
    case .direct: guard conversation.isEmpty else { throw .notAllowed(.conversation) }
    case .group: guard !conversation.isEmpty else { throw .missing(.conversation) }
    }
    guard conversation.count <= ContentLimits.conversationByteCount else {
      throw .tooLong(field: .conversation, limit: ContentLimits.conversationByteCount, actual: conversation.count)
    }
  }
}
