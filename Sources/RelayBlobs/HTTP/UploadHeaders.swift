package import ByteLayout
import Foundation
package import RelayWire

/// The values of a tus request's headers, read strictly: anything that is not exactly of the form is nil.
package enum UploadHeaders {
  /// What `Upload-Metadata` may have.
  static let maximumMetadataByteCount = 4_096

  /// A count of bytes: 1 … 19 digits, below 2⁶³.
  package static func count(_ text: String) -> UInt64? {
    guard (1...19).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    return UInt64(text).flatMap { $0 <= WireLimits.maximumCounter ? $0 : nil }
  }

  /// 64 lower-case hexadecimal digits.
  package static func capability(_ text: String) -> UploadCapability? { bytes(text).map { UploadCapability($0) } }

  /// `Bearer` and 64 lower-case hexadecimal digits.
  package static func bearer(_ text: String) -> UploadCapability? {
    guard text.hasPrefix("Bearer ") else { return nil }
    return capability(String(text.dropFirst(7)))
  }

  /// 64 lower-case hexadecimal digits.
  package static func blobID(_ text: String) -> BlobID? { bytes(text).map { BlobID($0) } }

  /// What an upload's checksum header says.
  package enum Checksum: Hashable, Sendable {
    case sha256(FixedBytes<32>)
    case unknownAlgorithm
    case malformed
  }

  /// `sha256` and the digest in base64.
  package static func checksum(_ text: String) -> Checksum {
    let parts = text.split(separator: " ", omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty else { return .malformed }
    guard parts[0] == "sha256" else { return .unknownAlgorithm }
    guard let digest = base64(String(parts[1])), let fixed = try? FixedBytes<32>(digest) else { return .malformed }
    return .sha256(fixed)
  }

  /// The keys of `Upload-Metadata`: pairs of a key and base64, apart by commas. nil: not of that form, or too long.
  ///
  /// The relay wants none of them: what a file is called is nothing that it may know.
  package static func metadataKeys(_ text: String) -> [String]? {
    guard text.utf8.count <= maximumMetadataByteCount else { return nil }
    if text.isEmpty { return [] }
    var keys: [String] = []
    for pair in text.split(separator: ",", omittingEmptySubsequences: false) {
      let parts = pair.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
      let key = String(parts[0])
      guard !key.isEmpty, key.utf8.allSatisfy({ (0x21...0x7e).contains($0) }), !keys.contains(key) else { return nil }
      if parts.count == 2, base64(String(parts[1])) == nil { return nil }
      keys.append(key)
    }
    return keys
  }

  private static func bytes(_ text: String) -> FixedBytes<32>? {
    guard text.utf8.count == 64, text == text.lowercased(), let bytes = try? Hexadecimal.decode(text) else {
      return nil
    }
    return try? FixedBytes<32>(bytes)
  }

  /// Canonical base64 with padding.
  private static func base64(_ text: String) -> [UInt8]? {
    guard let data = Data(base64Encoded: text), data.base64EncodedString() == text else { return nil }
    return [UInt8](data)
  }
}
