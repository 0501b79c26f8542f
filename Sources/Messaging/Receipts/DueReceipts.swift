import Ambient
import ByteLayout
import MessageContent
import Vault

/// Kinds of receipts, as the vault numbers them.
enum ReceiptKind: UInt8, Hashable, Sendable {
  case delivered = 1
  case read = 2
  case played = 3

  /// As the receipt says it.
  fileprivate var told: Receipt.Kind {
    switch self {
    case .delivered: .delivered
    case .read: .read
    case .played: .played
    }
  }
}

extension Messenger {
  /// The grid on which receipts leave, in milliseconds.
  static let receiptGridMilliseconds: Int64 = 10_000

  /// When a receipt for something that arrives now may leave: the next point of the 10 s grid plus 0–10 s, so that its
  /// time tells nobody when this device was reached.
  func receiptDueTime() -> WallTime {
    switch environment.receiptTiming {
    case .instant: return now
    case .grid:
      let grid = Self.receiptGridMilliseconds
      let next = (now.milliseconds / grid + 1) * grid
      return WallTime(milliseconds: next + environment.jitter.number(in: 0...grid))
    }
  }

  /// Notes that a receipt is owed. Strangers get none, and of reading nobody hears when read receipts are off.
  func oweReceipt(_ kind: ReceiptKind, message: Int64, contact: ContactRecord, _ transaction: VaultTransaction) throws {
    guard contact.status == ContactStatus.accepted.rawValue,
      try kind == .delivered || readReceipts(transaction)
    else { return }
    // Dated by when it leaves: a receipt that told the moment would undo the grid.
    let due = try receiptDueTime(for: contact.id, transaction).milliseconds
    _ = try transaction.insertDueReceipt(
      DueReceiptRecord(
        id: 0, contactID: contact.id, messageID: message, kind: kind.rawValue, atMilliseconds: due,
        dueAtMilliseconds: due))
  }

  /// Receipts of one contact share a point of the grid, so that they leave in one message.
  private func receiptDueTime(for contact: Int64, _ transaction: VaultTransaction) throws -> WallTime {
    guard environment.receiptTiming == .grid,
      let owed = try transaction.latestDueReceiptMilliseconds(contactID: contact), owed > now.milliseconds
    else { return receiptDueTime() }
    return WallTime(milliseconds: owed)
  }

  /// Turns the receipts that are due into outbox rows, one per contact and kind.
  package func flushDueReceipts() throws {
    try vault.write { transaction in
      try hastenWhatAWrongClockPutOff(transaction)
      let due = try transaction.dueReceipts(nowMilliseconds: now.milliseconds)
      for (contact, receipts) in Dictionary(grouping: due, by: \.contactID).sorted(by: { $0.key < $1.key }) {
        for kind in [ReceiptKind.delivered, .read, .played] where try kind == .delivered || readReceipts(transaction) {
          let ofKind = receipts.filter { $0.kind == kind.rawValue }
          guard let latest = ofKind.map(\.atMilliseconds).max() else { continue }
          let ids = try ofKind.compactMap { try messageID(of: $0.messageID, transaction) }
          try enqueueReceipts(kind, ids, at: latest, contact: contact, transaction)
        }
      }
      try transaction.deleteDueReceipts(ids: due.map(\.id))
    }
  }

  private func enqueueReceipts(
    _ kind: ReceiptKind, _ ids: [FixedBytes<16>], at milliseconds: Int64, contact: Int64,
    _ transaction: VaultTransaction
  ) throws {
    for start in stride(from: 0, to: ids.count, by: ContentLimits.receiptIDCount) {
      let part = Array(ids[start..<min(start + ContentLimits.receiptIDCount, ids.count)])
      let receipt = try Receipt(
        kind: kind.told, ids: part.map { MessageID($0) }, atMilliseconds: milliseconds)
      try enqueue(
        .receipt, contact: contact, message: nil, content: try encode(.receipt(receipt)), notBefore: now, transaction)
    }
  }
}
