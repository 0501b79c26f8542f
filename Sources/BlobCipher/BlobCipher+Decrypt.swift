import ByteLayout
package import SecretMemory
import Verification

extension BlobCipher {
  /// Checks that a whole file is the one that its pointer means, before anything of it is decrypted.
  ///
  /// - Throws: ``BlobError/wrongByteCount`` or ``BlobError/wrongDigest``.
  package static func verify(_ identity: FileIdentity, read: Read) throws(BlobError) {
    guard BlobLayout.isFileByteCount(identity.fileByteCount) else { throw .wrongByteCount }
    var hash = IncrementalBLAKE2b256()
    var left = identity.fileByteCount
    while left > 0 {
      let bytes = try read(Int(min(UInt64(BlobLayout.chunkByteCount), left)))
      guard !bytes.isEmpty else { throw .wrongByteCount }
      hash.update(bytes)
      left -= UInt64(bytes.count)
    }
    guard try read(1).isEmpty else { throw .wrongByteCount }
    guard hash.finish() == identity.digest else { throw .wrongDigest }
  }

  /// Reads the content of a file that ``verify(_:read:)`` let pass.
  ///
  /// - Parameter write: gets content before the end of the file is seen. It must keep it to itself until this returns.
  /// - Throws: ``BlobError``; then what was written is worth nothing.
  package static func decrypt(
    key: borrowing SecretBytes, contentByteCount: UInt64, fileByteCount: UInt64, read: Read, write: Write
  ) throws(BlobError) {
    var decryption = try Decryption(
      key: key, contentByteCount: contentByteCount, fileByteCount: fileByteCount, read: read)
    while let content = try decryption.next(read) {
      if !content.isEmpty { try write(content) }
    }
  }
}
