package import ByteLayout

/// What the ratchet encrypts: list versions, pair counters and one protobuf Content (C5).
///
/// ```
/// plaintext = 0x01 ‖ kind u8 ‖ my list (u64 ‖ hash16) ‖ your list (same) ‖ pairSeq u64 ‖ pairAck u64 ‖ ext ‖ Content
/// ```
/// 68 bytes before the Content with an empty ext, 148 with a sealing key and its secret.
package struct SessionPlaintext: Hashable, Sendable {
  /// What the Content is for. `sync` is for the own account's devices only: the caller checks who sent it.
  package enum Kind: UInt8, CaseIterable, Hashable, Sendable {
    case content = 1
    case sync = 2
    case control = 3
    case senderKeyDistribution = 4
  }

  static let version: UInt8 = 0x01
  /// Everything before the Content when ext is empty.
  package static let prefixByteCount = 68
  /// 56 KiB: what is left of the largest envelope belongs to the layers (a first message needs up to 8 160 bytes).
  package static let maximumContentByteCount = 57_344

  package let kind: Kind
  /// The sender's own device list.
  package let ownList: ListMark
  /// The recipient's device list as the sender knows it.
  package let yourList: ListMark
  /// The number of this message from this device to that one, from 1, across sessions; 0 for one that is not resent.
  package let pairSeq: UInt64
  /// The highest contiguous ``pairSeq`` processed from there.
  package let pairAck: UInt64
  /// Extensions 1 and 2, if they are sent.
  package let sealingKey: SealingKeyAnnouncement?
  /// A protobuf Content, at most 57 344 bytes.
  package let content: [UInt8]

  package init(
    kind: Kind, ownList: ListMark, yourList: ListMark, pairSeq: UInt64, pairAck: UInt64,
    sealingKey: SealingKeyAnnouncement?, content: [UInt8]
  ) throws(LayoutError) {
    guard content.count <= Self.maximumContentByteCount else {
      throw .tooLong(limit: Self.maximumContentByteCount, actual: content.count)
    }
    self.kind = kind
    self.ownList = ownList
    self.yourList = yourList
    self.pairSeq = pairSeq
    self.pairAck = pairAck
    self.sealingKey = sealingKey
    self.content = content
  }

  /// Reads a whole plaintext; the Content is everything after ext.
  ///
  /// - Throws: ``LayoutError``: unknown version or kind, unknown critical extension, extensions out of order, lengths.
  package static func parse(_ bytes: [UInt8]) throws(LayoutError) -> SessionPlaintext {
    var reader = LayoutReader(bytes)
    try reader.expect(version, field: "session plaintext version")
    let kindByte = try reader.uint8()
    guard let kind = Kind(rawValue: kindByte) else {
      throw .unknownValue(field: "session plaintext kind", value: Int(kindByte))
    }
    let ownList = try ListMark(reading: &reader)
    let yourList = try ListMark(reading: &reader)
    let pairSeq = try reader.uint64()
    let pairAck = try reader.uint64()
    let sealingKey = try SealingKeyAnnouncement(
      parsing: try Extensions(
        reading: &reader, understood: [SealingKeyAnnouncement.keyType, SealingKeyAnnouncement.secretType]))
    return try SessionPlaintext(
      kind: kind, ownList: ownList, yourList: yourList, pairSeq: pairSeq, pairAck: pairAck, sealingKey: sealingKey,
      content: [UInt8](reader.rest()))
  }

  /// The plaintext's bytes.
  package func serialized() throws(LayoutError) -> [UInt8] {
    var writer = LayoutWriter(capacity: Self.prefixByteCount + 80 + content.count)
    writer.uint8(Self.version)
    writer.uint8(kind.rawValue)
    ownList.write(to: &writer)
    yourList.write(to: &writer)
    writer.uint64(pairSeq)
    writer.uint64(pairAck)
    var extensions = Extensions.none
    if let sealingKey { extensions = try Extensions(sealingKey.extensionValues) }
    try extensions.write(to: &writer)
    writer.append(content)
    return writer.bytes
  }
}
