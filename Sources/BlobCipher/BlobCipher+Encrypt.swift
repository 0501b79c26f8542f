package import ByteLayout
import Primitives
package import SecretMemory
import Verification

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
    // The layout refuses only what is too large.
    guard let padded = try? BlobLayout.paddedByteCount(contentByteCount) else { throw .tooLarge }
    let keys = try BlobKeys(key)
    var stream = try writer(keys.streamKey, header)
    var hash = IncrementalBLAKE2b256()
    var fileByteCount: UInt64 = 0

    let opening = [version] + keys.commitment.array + header.array
    hash.update(opening)
    try write(opening)
    fileByteCount += UInt64(opening.count)

    var position: UInt64 = 0
    while position < padded {
      let isFirst = position == 0
      let byteCount = Int(min(UInt64(BlobLayout.chunkByteCount), padded - position))
      let contentLeft = contentByteCount - min(position, contentByteCount)
      var chunk = try readExactly(Int(min(UInt64(byteCount), contentLeft)), read)
      chunk += [UInt8](repeating: 0, count: byteCount - chunk.count)
      position += UInt64(byteCount)
      let sealed: [UInt8]
      do throws(SecretStreamError) {
        sealed = try stream.push(
          chunk, position == padded ? .last : .middle,
          additionalData: additionalData(firstChunk: isFirst, commitment: keys.commitment))
      } catch { throw BlobError(error) }
      hash.update(sealed)
      try write(sealed)
      fileByteCount += UInt64(sealed.count)
    }
    guard try read(1).isEmpty else { throw .contentChanged }
    return FileIdentity(digest: hash.finish(), fileByteCount: fileByteCount)
  }

  private static func writer(
    _ key: borrowing SecretBytes, _ header: FixedBytes<24>
  ) throws(BlobError) -> SecretStream.Writer {
    do throws(SecretStreamError) { return try SecretStream.Writer(key: key, header: header) } catch {
      throw BlobError(error)
    }
  }

  private static func readExactly(_ count: Int, _ read: Read) throws(BlobError) -> [UInt8] {
    guard count > 0 else { return [] }
    let bytes = try read(count)
    guard bytes.count == count else { throw .contentChanged }
    return bytes
  }
}
