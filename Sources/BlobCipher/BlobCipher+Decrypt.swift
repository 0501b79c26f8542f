import ByteLayout
import Primitives
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

  /// Reads the content of a file that ``verify(_:read:)`` let pass: commitment, then stream, then the last chunk exactly
  /// at the end, cut to `contentByteCount`.
  ///
  /// - Parameter write: gets content before the end of the file is seen. It must keep it to itself until this returns.
  /// - Throws: ``BlobError``; then what was written is worth nothing.
  package static func decrypt(
    key: borrowing SecretBytes, contentByteCount: UInt64, fileByteCount: UInt64, read: Read, write: Write
  ) throws(BlobError) {
    guard (try? BlobLayout.fileByteCount(contentByteCount: contentByteCount)) == fileByteCount else {
      throw .wrongByteCount
    }
    let keys = try BlobKeys(key)
    var stream = try openStream(keys, opening: try read(BlobLayout.openingByteCount))
    var fileLeft = fileByteCount - UInt64(BlobLayout.openingByteCount)
    var contentLeft = contentByteCount
    var isFirst = true
    while fileLeft > 0 {
      let byteCount = Int(min(UInt64(BlobLayout.chunkByteCount + BlobLayout.chunkOverheadByteCount), fileLeft))
      let sealed = try read(byteCount)
      guard sealed.count == byteCount else { throw .wrongByteCount }
      fileLeft -= UInt64(byteCount)
      let pulled: (content: [UInt8], place: SecretStream.Place)
      do throws(SecretStreamError) {
        pulled = try stream.pull(
          sealed, additionalData: additionalData(firstChunk: isFirst, commitment: keys.commitment))
      } catch { throw BlobError(error) }
      guard (pulled.place == .last) == (fileLeft == 0) else { throw .notAuthentic }
      isFirst = false
      let taken = Int(min(UInt64(pulled.content.count), contentLeft))
      contentLeft -= UInt64(taken)
      if taken > 0 { try write([UInt8](pulled.content.prefix(taken))) }
    }
    guard try read(1).isEmpty else { throw .wrongByteCount }
  }

  private static func openStream(
    _ keys: borrowing BlobKeys, opening: [UInt8]
  ) throws(BlobError) -> SecretStream.Reader {
    let commitment: FixedBytes<32>
    let header: FixedBytes<24>
    do throws(LayoutError) {
      var reader = LayoutReader(opening)
      try reader.expect(version, field: "blob version")
      commitment = try reader.fixed()
      header = try reader.fixed()
    } catch .unknownValue { throw .unknownVersion } catch { throw .wrongByteCount }
    let isOurs = commitment.withBytes { theirs in
      keys.commitment.withBytes { ConstantTimeEquality.areEqual($0, theirs) }
    }
    guard isOurs else { throw .wrongCommitment }
    do throws(SecretStreamError) { return try SecretStream.Reader(key: keys.streamKey, header: header) } catch {
      throw BlobError(error)
    }
  }
}
