package import Primitives

/// Why a blob is refused, or cannot be made. Carries no data.
package enum BlobError: Error, Hashable, Sendable {
  /// The content is longer than blobs can be.
  case tooLarge
  /// The content ended before, or went on after, the length that was told.
  case contentChanged
  /// The file is not as long as the pointer says, or its sizes do not belong together.
  case wrongByteCount
  /// The file is not the one that the pointer means.
  case wrongDigest
  /// The file is of another version.
  case unknownVersion
  /// The key in the pointer is not the one that the file commits to.
  case wrongCommitment
  /// What is inside the file is not what somebody with the key wrote as a whole.
  case notAuthentic
  /// The file could not be read.
  case unreadable
  /// The result could not be written: is the disk full?
  case unwritable
  /// libsodium or its locked memory is not to be had.
  case primitive(PrimitiveError)

  init(_ error: SecretStreamError) {
    switch error {
    case .authenticationFailed, .missingFinal, .afterFinal, .unknownTag: self = .notAuthentic
    case .primitive(let error): self = .primitive(error)
    }
  }
}
