import ByteLayout
import FoundationEssentials

extension Attachment {
  init(reading wire: Sotto_Content_V1_Attachment) throws(ContentError) {
    let (nameByteCount, typeByteCount) = (wire.name.utf8.count, wire.mimeType.utf8.count)
    guard nameByteCount <= ContentLimits.fileNameByteCount else {
      throw .tooLong(field: .fileName, limit: ContentLimits.fileNameByteCount, actual: nameByteCount)
    }
    guard typeByteCount <= ContentLimits.mimeTypeByteCount else {
      throw .tooLong(field: .mimeType, limit: ContentLimits.mimeTypeByteCount, actual: typeByteCount)
    }
    self.init(
      caption: wire.caption.isEmpty ? nil : try CleanText(cleaning: wire.caption, field: .caption), name: wire.name,
      mimeType: wire.mimeType,
      pointer: try BlobPointer(
        relay: wire.relay, blobID: try Self.fixed(wire.blobID), blobKey: try CarriedSecret([UInt8](wire.blobKey)),
        length: wire.length, digest: try Self.fixed(wire.digest), fileByteCount: wire.fileBytes))
  }

  private static func fixed(_ data: Data) throws(ContentError) -> FixedBytes<32> {
    do throws(LayoutError) { return try FixedBytes<32>(data) } catch {
      throw .wrongByteCount(field: .blob, expected: 32, actual: data.count)
    }
  }
}

extension Sotto_Content_V1_Attachment {
  init(_ attachment: Attachment) {
    self.init()
    caption = attachment.caption?.string ?? ""
    name = attachment.name
    mimeType = attachment.mimeType
    relay = attachment.pointer.relay
    blobID = Data(attachment.pointer.blobID.array)
    blobKey = Data(attachment.pointer.blobKey.bytes)
    length = attachment.pointer.length
    digest = Data(attachment.pointer.digest.array)
    fileBytes = attachment.pointer.fileByteCount
  }
}
