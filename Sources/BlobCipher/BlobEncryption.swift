package import ByteLayout
import Primitives
package import SecretMemory
import Verification

extension BlobCipher {
  /// Writes one blob (C11) from content that comes in pieces of any size, for callers that are given their content.
  ///
  /// Holds less than one chunk of it. Chunks are sealed as they fill up; the padding and the last chunk come with
  /// ``finish(write:)``. After an error what was written is worth nothing.
  package struct Encryption: ~Copyable {
    private var stream: SecretStream.Writer
    private let commitment: FixedBytes<32>
    private let contentByteCount: UInt64
    private let paddedByteCount: UInt64
    private var hash: IncrementalBLAKE2b256
    private var fileByteCount: UInt64
    /// Content that has come.
    private var received: UInt64 = 0
    /// Padded content that is sealed.
    private var position: UInt64 = 0
    /// Content that waits for its chunk to be full.
    private var pending: [UInt8] = []

    /// Writes the opening: version ‖ commitment ‖ header.
    ///
    /// - Parameters:
    ///   - key: 32 random bytes, of this blob alone; forwarding the content takes a new one.
    ///   - header: 24 random bytes, of this blob alone.
    ///   - contentByteCount: how much will be appended.
    package init(
      key: borrowing SecretBytes, header: FixedBytes<24>, contentByteCount: UInt64, write: Write
    ) throws(BlobError) {
      // The layout refuses only what is too large.
      guard let padded = try? BlobLayout.paddedByteCount(contentByteCount) else { throw .tooLarge }
      let keys = try BlobKeys(key)
      let opening = [BlobCipher.version] + keys.commitment.array + header.array
      try write(opening)
      stream = try Self.stream(keys, header)
      commitment = keys.commitment
      self.contentByteCount = contentByteCount
      paddedByteCount = padded
      hash = IncrementalBLAKE2b256()
      hash.update(opening)
      fileByteCount = UInt64(opening.count)
    }

    private static func stream(
      _ keys: borrowing BlobKeys, _ header: FixedBytes<24>
    ) throws(BlobError) -> SecretStream.Writer {
      do throws(SecretStreamError) { return try SecretStream.Writer(key: keys.streamKey, header: header) } catch {
        throw BlobError(error)
      }
    }

    /// Takes the next bytes of the content.
    ///
    /// - Throws: ``BlobError/contentChanged`` when there are more than was said.
    package mutating func append(_ content: [UInt8], write: Write) throws(BlobError) {
      guard UInt64(content.count) <= contentByteCount - received else { throw .contentChanged }
      received += UInt64(content.count)
      pending += content
      var sealed = 0
      // The last chunk is marked as such, with the padding: that is for the end.
      while pending.count - sealed >= BlobLayout.chunkByteCount,
        position + UInt64(BlobLayout.chunkByteCount) < paddedByteCount
      {
        try seal([UInt8](pending[sealed..<sealed + BlobLayout.chunkByteCount]), write)
        sealed += BlobLayout.chunkByteCount
      }
      pending.removeFirst(sealed)
    }

    /// Pads, and seals the rest.
    ///
    /// - Throws: ``BlobError/contentChanged`` when less has come than was said.
    package consuming func finish(write: Write) throws(BlobError) -> FileIdentity {
      guard received == contentByteCount else { throw .contentChanged }
      while position < paddedByteCount {
        let byteCount = Int(min(UInt64(BlobLayout.chunkByteCount), paddedByteCount - position))
        let content = [UInt8](pending.prefix(byteCount))
        pending.removeFirst(content.count)
        try seal(content + [UInt8](repeating: 0, count: byteCount - content.count), write)
      }
      return FileIdentity(digest: hash.finish(), fileByteCount: fileByteCount)
    }

    private mutating func seal(_ chunk: [UInt8], _ write: Write) throws(BlobError) {
      let isFirst = position == 0
      position += UInt64(chunk.count)
      let sealed: [UInt8]
      do throws(SecretStreamError) {
        sealed = try stream.push(
          chunk, position == paddedByteCount ? .last : .middle,
          additionalData: BlobCipher.additionalData(firstChunk: isFirst, commitment: commitment))
      } catch { throw BlobError(error) }
      try emit(sealed, write)
    }

    private mutating func emit(_ bytes: [UInt8], _ write: Write) throws(BlobError) {
      hash.update(bytes)
      try write(bytes)
      fileByteCount += UInt64(bytes.count)
    }
  }
}
