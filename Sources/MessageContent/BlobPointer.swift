package import ByteLayout

/// Where a file lies that is too large for its message, what opens it, and how it is known (C11).
package struct BlobPointer: Hashable, Sendable {
  /// `HOST:PORT`; nothing is known of it but that it is short.
  package let relay: String
  /// Reads the file at the relay.
  package let blobID: FixedBytes<32>
  /// Opens it.
  package let blobKey: CarriedSecret
  /// Bytes of the content.
  package let length: UInt64
  /// BLAKE2b-256 of the whole file.
  package let digest: FixedBytes<32>
  /// Bytes of the whole file.
  package let fileByteCount: UInt64

  /// - Throws: ``ContentError/notAllowed(_:)`` unless the two sizes belong together, and for a relay's name that is none.
  package init(
    relay: String, blobID: FixedBytes<32>, blobKey: CarriedSecret, length: UInt64, digest: FixedBytes<32>,
    fileByteCount: UInt64
  ) throws(ContentError) {
    guard (1...ContentLimits.relayByteCount).contains(relay.utf8.count),
      (try? BlobLayout.fileByteCount(contentByteCount: length)) == fileByteCount
    else { throw .notAllowed(.blob) }
    self.relay = relay
    self.blobID = blobID
    self.blobKey = blobKey
    self.length = length
    self.digest = digest
    self.fileByteCount = fileByteCount
  }

  package static func == (left: Self, right: Self) -> Bool {
    left.relay == right.relay && left.blobID == right.blobID && left.blobKey.isSame(as: right.blobKey)
      && left.length == right.length && left.digest == right.digest && left.fileByteCount == right.fileByteCount
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(blobID) }
}

/// A file at a relay, as a message shows it.
package struct Attachment: Hashable, Sendable {
  package let caption: CleanText?
  /// Cleaned by ``FileName/cleaned(_:)``, 1 … 255 bytes.
  package let name: String
  /// What the sender says that it is: a claim.
  package let mimeType: String
  package let pointer: BlobPointer

  /// Cleans the name; a MIME type that is none becomes `application/octet-stream`.
  package init(caption: CleanText?, name: String, mimeType: String, pointer: BlobPointer) {
    self.caption = caption
    self.name = FileName.cleaned(name)
    self.mimeType = InlineFile.cleanedMIMEType(mimeType)
    self.pointer = pointer
  }
}
