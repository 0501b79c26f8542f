import ByteLayout
package import FoundationEssentials

/// The work that a sender did for one envelope (C15): day u32 ‖ nonce u64, 12 bytes.
package struct ProofOfWork: Hashable, Sendable {
  /// The day that it was done for; a relay takes its own, the one before and the one after.
  package let day: UInt32
  package let nonce: UInt64

  package init(day: UInt32, nonce: UInt64) {
    self.day = day
    self.nonce = nonce
  }

  package init(_ data: Data) throws(WireError) {
    var reader = LayoutReader([UInt8](data))
    do throws(LayoutError) {
      day = try reader.uint32()
      nonce = try reader.uint64()
      try reader.finish()
    } catch { throw .wrongByteCount(field: "work", actual: data.count) }
  }

  package var data: Data {
    var writer = LayoutWriter(capacity: 12)
    writer.uint32(day)
    writer.uint64(nonce)
    return Data(writer.bytes)
  }
}
