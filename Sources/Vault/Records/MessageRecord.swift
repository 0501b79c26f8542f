package import ByteLayout

/// A message without its content, which lies under a key of its own.
package struct MessageRecord: Hashable, Sendable {
  /// 0 until it is inserted.
  package var id: Int64
  package var conversationID: Int64
  /// Look-up hash of the message id and what else makes it unique.
  package var midHash: FixedBytes<16>
  package var direction: MessageDirection
  package var contentKind: UInt8
  package var sentAtMilliseconds: Int64
  package var state: UInt8
  /// Unix seconds, as the times that follow.
  package var storedAt: Int64?
  package var deliveredAt: Int64?
  package var readAt: Int64?
  package var playedAt: Int64?
  /// When it must be gone.
  package var deadline: Int64?
  /// Grows with every change that an event tells of.
  package var rev: UInt32

  package init(
    id: Int64 = 0, conversationID: Int64, midHash: FixedBytes<16>, direction: MessageDirection, contentKind: UInt8,
    sentAtMilliseconds: Int64, state: UInt8, storedAt: Int64? = nil, deliveredAt: Int64? = nil,
    readAt: Int64? = nil, playedAt: Int64? = nil, deadline: Int64? = nil, rev: UInt32 = 0
  ) {
    self.id = id
    self.conversationID = conversationID
    self.midHash = midHash
    self.direction = direction
    self.contentKind = contentKind
    self.sentAtMilliseconds = sentAtMilliseconds
    self.state = state
    self.storedAt = storedAt
    self.deliveredAt = deliveredAt
    self.readAt = readAt
    self.playedAt = playedAt
    self.deadline = deadline
    self.rev = rev
  }
}

/// Which way a message went.
package enum MessageDirection: UInt8, Hashable, Sendable {
  case incoming = 0
  case outgoing = 1
}
