package import ByteLayout
package import SecretMemory

extension BlobCipher {
  /// Writes content as a blob.
  ///
  /// - Parameters:
  ///   - key: 32 random bytes, of this blob alone; forwarding the content takes a new one.
  ///   - header: 24 random bytes, of this blob alone.
  ///   - contentByteCount: how much `read` will give.
  /// - Throws: ``BlobError``; then what was written is worth nothing.
  package static func encrypt(
    key: borrowing SecretBytes, header: FixedBytes<24>, contentByteCount: UInt64, read: Read, write: Write
  ) throws(BlobError) -> FileIdentity {
    var encryption = try Encryption(key: key, header: header, contentByteCount: contentByteCount, write: write)
    var left = contentByteCount
    while left > 0 {
      let bytes = try read(Int(min(UInt64(BlobLayout.chunkByteCount), left)))
      guard !bytes.isEmpty else { throw .contentChanged }
      left -= UInt64(bytes.count)
      try encryption.append(bytes, write: write)
    }
    guard try read(1).isEmpty else { throw .contentChanged }
    return try encryption.finish(write: write)
  }
}
