package import BlobCipher

/// Why a large file was not sent or fetched.
package enum NodeFileError: Error, Hashable, Sendable {
  /// The file, or the folder for encrypted files, cannot be read.
  case cannotRead
  /// The disk is full, or may not be written.
  case cannotWrite
  /// It is larger than files can be.
  case tooLarge
  /// The message has no file that is at a relay.
  case noFile
  /// The relay does not have the file any more: its time is over, or it was deleted.
  case gone
  /// The relay cannot be reached; what has come is kept, and the next attempt goes on there.
  case unreachable(host: String)
  /// What came is not what the sender wrote. Nothing of it was kept.
  case notAuthentic(BlobError)

  /// Whether no other attempt can bring this file.
  var isFinal: Bool {
    switch self {
    case .gone, .notAuthentic: true
    default: false
    }
  }
}

/// How far a file is on its way.
package struct TransferProgress: Hashable, Sendable {
  /// Which way it goes.
  package enum Direction: String, Hashable, Sendable {
    case upload, download
  }

  package let direction: Direction
  /// The message that it belongs to, by row.
  package let message: Int64
  /// Bytes of the encrypted file.
  package let done: UInt64
  package let total: UInt64
}
