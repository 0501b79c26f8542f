package import ByteLayout
import FoundationEssentials

/// What shows that a sender retracted an envelope: its deletion token, 16 bytes (C10).
package struct DeletionToken: Hashable, Sendable {
  package let bytes: FixedBytes<16>
  package init(_ bytes: FixedBytes<16>) { self.bytes = bytes }
}

/// A place in a mailbox's log whose envelope is gone, with the reason (C7), 89 or 105 bytes.
package struct LogGap: Hashable, Sendable {
  /// Why the envelope is gone. The owner accepts a gap only if the reason holds (C7).
  package enum Reason: Hashable, Sendable {
    /// 0x00: its time was over.
    case expired
    /// 0x01 ‖ token: its sender took it back.
    case retracted(DeletionToken)
  }

  package let leaf: LogLeaf
  package let reason: Reason

  package init(leaf: LogLeaf, reason: Reason) {
    self.leaf = leaf
    self.reason = reason
  }

  /// The leaf's six fields ‖ (0x00 | 0x01 ‖ deletionToken(16)).
  package var bytes: [UInt8] {
    var writer = LayoutWriter(capacity: LogLeaf.byteCount + 17)
    writer.append(leaf.bytes)
    switch reason {
    case .expired: writer.uint8(0)
    case .retracted(let token):
      writer.uint8(1)
      writer.append(token.bytes)
    }
    return writer.bytes
  }

  /// Takes exactly the layout of ``bytes``; anything left over is refused.
  package init(_ bytes: [UInt8]) throws(LayoutError) {
    var reader = LayoutReader(bytes)
    leaf = try LogLeaf(reading: &reader)
    switch try reader.uint8() {
    case 0: reason = .expired
    case 1: reason = .retracted(DeletionToken(try reader.fixed()))
    case let value: throw .unknownValue(field: "gap reason", value: Int(value))
    }
    try reader.finish()
  }
}
