package import ByteLayout

/// Files that are too large for an envelope (C11): encrypted under a key of their own, padded, and known by their digest.
///
/// Works in pieces of one chunk, so that memory does not grow with the file; the caller reads and writes them. Knows
/// nothing of relays: a blob's id and its route are the pointer's.
package enum BlobCipher {
  package static let keyByteCount = 32
  static let version: UInt8 = 0x01

  /// What a file is, for the one who looks it up: the digest that its pointer carries, and its size.
  package struct FileIdentity: Hashable, Sendable {
    /// BLAKE2b-256 of the whole file.
    package let digest: FixedBytes<32>
    /// Bytes of the whole file.
    package let fileByteCount: UInt64

    package init(digest: FixedBytes<32>, fileByteCount: UInt64) {
      self.digest = digest
      self.fileByteCount = fileByteCount
    }
  }

  /// Reads up to `count` bytes, fewer only at the end.
  package typealias Read = (_ count: Int) throws(BlobError) -> [UInt8]
  /// Takes the next bytes of the result.
  package typealias Write = (_ bytes: [UInt8]) throws(BlobError) -> Void

  /// Additional data of the first chunk: 0x01 ‖ commit. Of the others: nothing.
  static func additionalData(firstChunk isFirst: Bool, commitment: FixedBytes<32>) -> [UInt8] {
    isFirst ? [version] + commitment.array : []
  }
}
