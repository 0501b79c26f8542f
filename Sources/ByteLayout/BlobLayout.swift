/// The sizes of a blob (C11), for its writer, its reader, and the relay that keeps it without reading it.
///
/// A file is 0x01 ‖ commit(32) ‖ header(24) ‖ chunks of 65 536 bytes, each 17 bytes longer, the last one as long as is left.
package enum BlobLayout {
  /// Version, commitment and stream header.
  package static let openingByteCount = 57
  /// What one chunk holds.
  package static let chunkByteCount = 65_536
  /// What a chunk grows by.
  package static let chunkOverheadByteCount = 17
  /// Shorter content is padded to this.
  package static let minimumPaddedByteCount: UInt64 = 16_384
  /// The longest content, 4 GiB: bounds what sizes can do.
  package static let maximumContentByteCount: UInt64 = 1 << 32

  /// max(16 384, PADMÉ(length)): at most 12 % more, and log log length bits told instead of log length.
  ///
  /// - Throws: ``LayoutError/tooLong(limit:actual:)`` above 4 GiB.
  package static func paddedByteCount(_ length: UInt64) throws(LayoutError) -> UInt64 {
    guard length <= maximumContentByteCount else {
      throw .tooLong(limit: Int(maximumContentByteCount), actual: Int(clamping: length))
    }
    return max(minimumPaddedByteCount, padme(length))
  }

  /// What a blob of `length` bytes of content takes.
  ///
  /// - Throws: ``LayoutError/tooLong(limit:actual:)`` above 4 GiB.
  package static func fileByteCount(contentByteCount length: UInt64) throws(LayoutError) -> UInt64 {
    let padded = try paddedByteCount(length)
    let chunks = (padded + UInt64(chunkByteCount) - 1) / UInt64(chunkByteCount)
    return UInt64(openingByteCount) + padded + chunks * UInt64(chunkOverheadByteCount)
  }

  /// Whether a file of this size can be a blob: content that is padded, cut in chunks and sealed.
  package static func isFileByteCount(_ fileByteCount: UInt64) -> Bool {
    guard fileByteCount > UInt64(openingByteCount), fileByteCount <= maximumContentByteCount * 2 else { return false }
    let body = fileByteCount - UInt64(openingByteCount)
    let sealedChunk = UInt64(chunkByteCount + chunkOverheadByteCount)
    let overhead = (body + sealedChunk - 1) / sealedChunk * UInt64(chunkOverheadByteCount)
    // Content that is not padded, and an empty last chunk, lead to another size.
    // A size that no content has is no size of a file.
    return body > overhead && (try? Self.fileByteCount(contentByteCount: body - overhead)) == fileByteCount
  }

  /// PADMÉ: rounds up so that only the leading ⌊log₂ log₂ length⌋ + 1 bits of the mantissa are left.
  private static func padme(_ length: UInt64) -> UInt64 {
    guard length > 1 else { return length }
    let exponent = UInt64(63 - length.leadingZeroBitCount)
    let kept = UInt64(64 - exponent.leadingZeroBitCount)
    guard exponent > kept else { return length }
    let mask = (UInt64(1) << (exponent - kept)) - 1
    return (length + mask) & ~mask
  }
}
