package import ByteLayout

/// What two nodes say to each other and no one is shown.
package enum Control: Sendable {
  /// The first message to somebody (C9).
  case introduction(Introduction)
  /// How to answer, after one of its parts has changed (C9).
  case replyPath(ReplyPath)
  /// Numbers that will never come and count as processed (Protocol §6).
  case gone(Gone)
  /// Numbers that are missing (Protocol §6).
  case retryRequest(RetryRequest)
  /// Nothing but the pairAck of the session plaintext.
  case pairAckOnly
  /// What the account tells of itself (Protocol §8).
  case profile(Profile)
}

/// Who writes, by which invite, and how to answer (C9).
package struct Introduction: Sendable {
  /// The invite's token, if there was one.
  package let token: FixedBytes<16>?
  /// The sender's own name for itself, cleaned by ``DisplayName/cleaned(_:)``: a claim.
  package let name: String
  package let replyPath: ReplyPath
  /// Admits the recipient to the sender's mailboxes; the same as the reply path's: one per contact and direction.
  package var slotSecret: CarriedSecret { replyPath.slotSecret }

  package init(token: FixedBytes<16>?, name: String, replyPath: ReplyPath) {
    self.token = token
    self.name = DisplayName.cleaned(name)
    self.replyPath = replyPath
  }
}

/// Where and under which keys its sender can be reached (C9).
package struct ReplyPath: Sendable {
  /// The sender's device lists (C1), carried verbatim, 1 … 6 149 bytes; verified by whoever reads them.
  package let lists: [UInt8]
  package let sealID: UInt32
  /// The sending device's X25519 sealing key, not validated here.
  package let sealingKey: FixedBytes<32>
  package let slotSecret: CarriedSecret
  /// Of the sending device.
  package let capabilities: Capabilities

  /// - Throws: ``ContentError`` for no or too long lists.
  package init(
    lists: [UInt8], sealID: UInt32, sealingKey: FixedBytes<32>, slotSecret: CarriedSecret,
    capabilities: Capabilities = []
  ) throws(ContentError) {
    guard !lists.isEmpty else { throw .missing(.lists) }
    guard lists.count <= ContentLimits.listsByteCount else {
      throw .tooLong(field: .lists, limit: ContentLimits.listsByteCount, actual: lists.count)
    }
    self.lists = lists
    self.sealID = sealID
    self.sealingKey = sealingKey
    self.slotSecret = slotSecret
    self.capabilities = capabilities
  }
}

/// Numbers that will never come: at most 256 ranges.
package struct Gone: Hashable, Sendable {
  package let missing: PairRanges

  /// - Throws: ``ContentError/tooLong(field:limit:actual:)``.
  package init(_ missing: PairRanges) throws(ContentError) {
    guard missing.ranges.count <= ContentLimits.goneRangeCount else {
      throw .tooLong(field: .ranges, limit: ContentLimits.goneRangeCount, actual: missing.ranges.count)
    }
    self.missing = missing
  }
}

/// Numbers that are asked for again: together at most 100.
package struct RetryRequest: Hashable, Sendable {
  package let missing: PairRanges

  /// - Throws: ``ContentError/tooLong(field:limit:actual:)``.
  package init(_ missing: PairRanges) throws(ContentError) {
    guard missing.numberCount <= UInt64(ContentLimits.retryMessageCount) else {
      throw .tooLong(
        field: .ranges, limit: ContentLimits.retryMessageCount, actual: Int(clamping: missing.numberCount))
    }
    self.missing = missing
  }
}
