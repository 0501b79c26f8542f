import ByteLayout

/// The post-quantum part of an archive, read by its layout (Protocol §6a.7) and not by the product's reader.
struct SparseArchive {
  /// 0 offering, 1 confirming, 2 collecting, 3 answering.
  let phase: UInt8
  /// The newest in which the peer has sent.
  let epoch: UInt32
  let root: [UInt8]
  let sendingKey: [UInt8]
  /// How many units of what is being collected are there.
  let collectedCount: Int
  /// How many bytes of the archive it takes, with the version byte before it.
  let byteCount: Int

  init(_ archive: [UInt8]) throws(LayoutError) {
    var reader = LayoutReader(archive)
    try reader.expect(2, field: "archive version")
    phase = try reader.uint8()
    epoch = try reader.uint32()
    root = [UInt8](try reader.bytes(32))
    sendingKey = [UInt8](try reader.bytes(32))
    _ = try reader.bytes(4 + 32 + 4)
    switch phase {
    case 0: _ = try reader.bytes(64 + 1_184 + 1)
    case 1: _ = try reader.bytes(32)
    case 2: break
    default: _ = try reader.bytes(1_088 + 1 + 2 * 32)
    }
    collectedCount = phase % 2 == 0 ? try reader.uint64().nonzeroBitCount : 0
    _ = try reader.bytes(32 * collectedCount)
    byteCount = reader.consumedByteCount
  }

  /// The newest epoch whose keys this side has.
  var newestEpoch: UInt32 { phase % 2 == 1 ? epoch + 1 : epoch }

  func isOneEpochAway(from other: SparseArchive) -> Bool {
    newestEpoch == other.newestEpoch + 1 || other.newestEpoch == newestEpoch + 1
  }
}
