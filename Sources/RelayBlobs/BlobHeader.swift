import ByteLayout
import Verification

/// What a relay knows of a blob: the first 32 bytes of its file.
///
/// 0x01 ‖ fileByteCount u64 ‖ uploadUntil u64 ‖ expiresAt u64 ‖ the first 7 bytes of SHA-256 of those 25.
struct BlobHeader: Hashable, Sendable {
  static let byteCount = 32
  private static let version: UInt8 = 0x01
  private static let checkedByteCount = 25

  /// Bytes of the blob, without this header.
  let fileByteCount: UInt64
  /// Unix seconds: an upload that is not whole by then is removed.
  let uploadUntil: UInt64
  /// Unix seconds.
  let expiresAt: UInt64

  init(fileByteCount: UInt64, uploadUntil: UInt64, expiresAt: UInt64) {
    self.fileByteCount = fileByteCount
    self.uploadUntil = uploadUntil
    self.expiresAt = expiresAt
  }

  /// nil: these are not a header's bytes.
  init?(_ bytes: [UInt8]) {
    guard bytes.count == Self.byteCount else { return nil }
    var reader = LayoutReader(bytes)
    guard (try? reader.expect(Self.version, field: "blob header version")) != nil,
      let size = try? reader.uint64(), let until = try? reader.uint64(), let expiry = try? reader.uint64(),
      [UInt8](reader.rest()) == Self.check([UInt8](bytes.prefix(Self.checkedByteCount)))
    else { return nil }
    self.init(fileByteCount: size, uploadUntil: until, expiresAt: expiry)
  }

  var bytes: [UInt8] {
    var writer = LayoutWriter(capacity: Self.byteCount)
    writer.uint8(Self.version)
    writer.uint64(fileByteCount)
    writer.uint64(uploadUntil)
    writer.uint64(expiresAt)
    writer.append(Self.check(writer.bytes))
    return writer.bytes
  }

  private static func check(_ bytes: [UInt8]) -> [UInt8] {
    [UInt8](ContentHash.sha256(bytes).array.prefix(byteCount - checkedByteCount))
  }
}
