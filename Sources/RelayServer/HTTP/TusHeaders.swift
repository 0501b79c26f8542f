import Foundation
import HTTPTypes
import RelayBlobs

/// What tus 1.0 adds to HTTP.
enum Tus {
  static let version = "1.0.0"
  static let extensions = "creation,creation-with-upload,termination,checksum,expiration"
  static let contentType = "application/offset+octet-stream"

  /// When an upload or a blob ends, as `Upload-Expires` wants it (RFC 9110 §5.6.7).
  static func date(_ seconds: UInt64) -> String {
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.timeZone = TimeZone(identifier: "GMT")
    formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
    return formatter.string(from: Date(timeIntervalSince1970: TimeInterval(seconds)))
  }

  /// What every answer about an upload says.
  static func fields(_ state: UploadState) -> HTTPFields {
    [
      .tusResumable: version, .uploadOffset: "\(state.offset)", .uploadExpires: date(state.expiresAt),
    ]
  }
}

extension HTTPField.Name {
  static let tusResumable = name("Tus-Resumable")
  static let tusVersion = name("Tus-Version")
  static let tusExtension = name("Tus-Extension")
  static let tusMaxSize = name("Tus-Max-Size")
  static let tusChecksumAlgorithm = name("Tus-Checksum-Algorithm")
  static let uploadOffset = name("Upload-Offset")
  static let uploadLength = name("Upload-Length")
  static let uploadDeferLength = name("Upload-Defer-Length")
  static let uploadMetadata = name("Upload-Metadata")
  static let uploadChecksum = name("Upload-Checksum")
  static let uploadConcat = name("Upload-Concat")
  static let uploadExpires = name("Upload-Expires")
  static let methodOverride = name("X-HTTP-Method-Override")

  private static func name(_ text: String) -> HTTPField.Name {
    guard let name = HTTPField.Name(text) else { preconditionFailure("the names above are tokens") }
    return name
  }
}

extension HTTPResponse.Status {
  /// The bytes of a request are not those of its checksum.
  static let checksumMismatch = HTTPResponse.Status(code: 460, reasonPhrase: "Checksum Mismatch")
}
