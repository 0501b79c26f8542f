/// How far some messages have come, told by their recipient in one batch.
package struct Receipt: Hashable, Sendable {
  package enum Kind: Hashable, Sendable, CaseIterable {
    /// Committed to the recipient's store.
    case delivered
    /// Shown.
    case read
    /// Listened to or watched.
    case played
  }

  package let kind: Kind
  /// 1 … 1 024 messages of the recipient of this receipt.
  package let ids: [MessageID]
  /// When, by the clock of who says so.
  package let atMilliseconds: Int64

  /// - Throws: ``ContentError`` for no or too many messages, or a time that is none.
  package init(kind: Kind, ids: [MessageID], atMilliseconds: Int64) throws(ContentError) {
    guard !ids.isEmpty else { throw .missing(.receiptIDs) }
    guard ids.count <= ContentLimits.receiptIDCount else {
      throw .tooLong(field: .receiptIDs, limit: ContentLimits.receiptIDCount, actual: ids.count)
    }
    guard ContentTime.isValid(atMilliseconds) else { throw .notAllowed(.receiptTime) }
    self.kind = kind
    self.ids = ids
    self.atMilliseconds = atMilliseconds
  }
}
