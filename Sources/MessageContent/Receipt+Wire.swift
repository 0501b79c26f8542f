import ByteLayout
import SwiftProtobuf

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension Receipt {
  /// Reads a receipt; `nil` for a kind that is not known.
  init?(reading wire: Sotto_Content_V1_Receipt) throws(ContentError) {
    let kind: Kind
    switch wire.kind {
    case .delivered: kind = .delivered
    case .read: kind = .read
    case .played: kind = .played
    case .unspecified: throw .missing(.receiptKind)
    case .UNRECOGNIZED: return nil
    }
    guard wire.ids.count <= ContentLimits.receiptIDCount else {
      throw .tooLong(field: .receiptIDs, limit: ContentLimits.receiptIDCount, actual: wire.ids.count)
    }
    var ids: [MessageID] = []
    ids.reserveCapacity(wire.ids.count)
    for id in wire.ids { ids.append(try MessageID(validating: id, field: .receiptIDs)) }
    try self.init(kind: kind, ids: ids, atMilliseconds: wire.atMs)
  }
}

extension Sotto_Content_V1_Receipt {
  init(_ receipt: Receipt) {
    self.init()
    switch receipt.kind {
    case .delivered: kind = .delivered
    case .read: kind = .read
    case .played: kind = .played
    }
    ids = receipt.ids.map { Data($0.bytes.array) }
    atMs = receipt.atMilliseconds
  }
}
