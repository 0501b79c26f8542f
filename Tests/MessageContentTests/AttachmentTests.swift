import ByteLayout
import MessageContent
import Testing

@Suite struct `An attachment` {
  private func pointer(
    relay: String = "relay.example:443", length: UInt64 = 200_000, fileByteCount: UInt64? = nil
  ) throws -> BlobPointer {
    try BlobPointer(
      relay: relay, blobID: FixedBytes([UInt8](repeating: 1, count: 32)),
      blobKey: CarriedSecret([UInt8](repeating: 2, count: 32)), length: length,
      digest: FixedBytes([UInt8](repeating: 3, count: 32)),
      fileByteCount: fileByteCount ?? BlobLayout.fileByteCount(contentByteCount: length))
  }

  private func read(_ attachment: MessageContent.Attachment) throws -> Body? {
    let content = try Content(
      id: MessageID(FixedBytes([UInt8](repeating: 9, count: 16))), sentAtMilliseconds: 1,
      kind: .body(.attachment(attachment)))
    guard case .known(let read) = try ContentCodec.decode(ContentCodec.encode(content)),
      case .body(let body) = read.kind
    else { return nil }
    return body
  }

  @Test func `is read as it was written, with a clean name`() throws {
    let attachment = MessageContent.Attachment(
      caption: try CleanText(cleaning: "see"), name: "../../.film.mp4", mimeType: "video/mp4", pointer: try pointer())
    #expect(try read(attachment) == .attachment(attachment))
    #expect(attachment.name == "film.mp4")
    #expect(
      MessageContent.Attachment(caption: nil, name: "", mimeType: "no type", pointer: try pointer()).mimeType
        == "application/octet-stream")
  }

  @Test func `of sizes that do not belong together, or at no relay, is refused`() throws {
    let size = try BlobLayout.fileByteCount(contentByteCount: 200_000)
    for other in [size - 1, size + 17, 0] {
      #expect(throws: ContentError.notAllowed(.blob)) { try pointer(fileByteCount: other) }
    }
    #expect(throws: ContentError.notAllowed(.blob)) { try pointer(length: 1 << 32 + 1, fileByteCount: size) }
    for relay in ["", String(repeating: "a", count: 256)] {
      #expect(throws: ContentError.notAllowed(.blob)) { try pointer(relay: relay) }
    }
  }

  @Test func `prints nothing of its key`() throws {
    #expect(!"\(try pointer())".contains("2, 2"))
  }
}
