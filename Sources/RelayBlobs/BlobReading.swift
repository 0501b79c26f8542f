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

  /// Reads at `offset` as much as `bytes` hold, less only at the end. Blocks for the disk.
  ///
  /// - Returns: how many bytes.
  package func read(at offset: UInt64, into bytes: UnsafeMutableRawBufferPointer) throws(BlobStoreError) -> Int {
    guard offset < byteCount else { return 0 }
    let count = Int(min(UInt64(bytes.count), byteCount - offset))
    return try file.read(
      at: UInt64(BlobHeader.byteCount) + offset, into: UnsafeMutableRawBufferPointer(rebasing: bytes.prefix(count)))
  }
}
