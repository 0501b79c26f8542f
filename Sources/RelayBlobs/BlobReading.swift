/// A finished blob, open for reading. Deleting it meanwhile takes its name, not this.
package struct BlobReading: Sendable {
  private let file: BlobFolder.File
  /// Bytes of the blob.
  package let byteCount: UInt64
  /// Names this version of the blob, of which there is only one.
  package let entityTag: String

  init(file: BlobFolder.File, byteCount: UInt64, name: BlobName) {
    self.file = file
    self.byteCount = byteCount
    entityTag = "\"\(name.text.prefix(16))\""
  }

  /// Reads up to `count` bytes at `offset`. Blocks for the disk.
  package func read(at offset: UInt64, count: Int) throws(BlobStoreError) -> [UInt8] {
    guard offset < byteCount else { return [] }
    return try file.read(
      at: UInt64(BlobHeader.byteCount) + offset, count: Int(min(UInt64(count), byteCount - offset)))
  }
}
