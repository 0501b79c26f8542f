import ByteLayout
import RelayBlobs
import RelayWire

/// The headers of uploads and downloads (tus 1.0, RFC 9110 §14): each input is tried as every one of them.
enum BlobTargets {
  static func upload(_ bytes: [UInt8]) -> String? {
    guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
    if let count = UploadHeaders.count(text), count > UInt64(Int64.max) { return "a count of 2⁶³ or more" }
    if let capability = UploadHeaders.capability(text), capability.bytes.description != text {
      return "two spellings of a capability"
    }
    if let id = UploadHeaders.blobID(text), id.bytes.description != text { return "two spellings of an id" }
    if let bearer = UploadHeaders.bearer(text), "Bearer \(bearer.bytes)" != text { return "two spellings of a bearer" }
    _ = UploadHeaders.checksum(text)
    if let keys = UploadHeaders.metadataKeys(text), Set(keys).count != keys.count { return "a key twice" }
    for byteCount: UInt64 in [0, 1, 16_458, .max] {
      guard case .part(let start, let count) = ByteRange(text, byteCount: byteCount) else { continue }
      guard count > 0, start < byteCount, count <= byteCount - start else { return "a range beyond the end" }
    }
    return nil
  }
}
