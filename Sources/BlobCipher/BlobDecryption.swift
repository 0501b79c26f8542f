import ByteLayout
import Primitives
package import SecretMemory
import Verification

extension BlobCipher {
  /// Reads the content of a file that ``BlobCipher/verify(_:read:)`` let pass, a chunk at a time: commitment, then stream,
  /// then the last chunk exactly at the end, cut to the content.
  ///
  /// What it gives is what somebody with the key wrote at that place; that nothing is missing behind it, only the nil at the
  /// end says. After an error what was given is worth nothing.
  package struct Decryption: ~Copyable {
    private var stream: SecretStream.Reader
    private let commitment: FixedBytes<32>
    private var fileLeft: UInt64
    private var contentLeft: UInt64
    private var isFirst = true

    /// Reads the opening.
    ///
    /// - Throws: ``BlobError``.
    package init(
      key: borrowing SecretBytes, contentByteCount: UInt64, fileByteCount: UInt64, read: Read
    ) throws(BlobError) {
      guard (try? BlobLayout.fileByteCount(contentByteCount: contentByteCount)) == fileByteCount else {
        throw .wrongByteCount
      }
      let keys = try BlobKeys(key)
      stream = try Self.stream(keys, opening: try read(BlobLayout.openingByteCount))
      commitment = keys.commitment
      fileLeft = fileByteCount - UInt64(BlobLayout.openingByteCount)
      contentLeft = contentByteCount
    }

    /// The content of the next chunk; empty where there is only padding, nil at the end.
    ///
    /// - Throws: ``BlobError``.
    package mutating func next(_ read: Read) throws(BlobError) -> [UInt8]? {
      guard fileLeft > 0 else {
        guard try read(1).isEmpty else { throw .wrongByteCount }
        return nil
      }
      let byteCount = Int(min(UInt64(BlobLayout.chunkByteCount + BlobLayout.chunkOverheadByteCount), fileLeft))
      let sealed = try read(byteCount)
      guard sealed.count == byteCount else { throw .wrongByteCount }
      fileLeft -= UInt64(byteCount)
      let pulled: (content: [UInt8], place: SecretStream.Place)
      do throws(SecretStreamError) {
        pulled = try stream.pull(
          sealed, additionalData: BlobCipher.additionalData(firstChunk: isFirst, commitment: commitment))
      } catch { throw BlobError(error) }
      guard (pulled.place == .last) == (fileLeft == 0) else { throw .notAuthentic }
      isFirst = false
      let taken = Int(min(UInt64(pulled.content.count), contentLeft))
      contentLeft -= UInt64(taken)
      return [UInt8](pulled.content.prefix(taken))
    }

    private static func stream(
      _ keys: borrowing BlobKeys, opening: [UInt8]
    ) throws(BlobError) -> SecretStream.Reader {
      let commitment: FixedBytes<32>
      let header: FixedBytes<24>
      do throws(LayoutError) {
        var reader = LayoutReader(opening)
        try reader.expect(BlobCipher.version, field: "blob version")
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
}
