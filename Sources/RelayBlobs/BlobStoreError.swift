/// Why a blob store does not do what it was asked.
package enum BlobStoreError: Error, Hashable, Sendable {
  /// Never there, expired, deleted, or not finished: alike.
  case unknown
  /// The file's length is another one; it is told, so that the upload can go on there.
  case otherOffset(UInt64)
  /// More bytes than the upload was granted for, or another size than was granted.
  case tooLarge
  /// A newer request goes on with this upload.
  case superseded
  /// No room for this now: the whole, the mailbox's share or the entry's.
  case overQuota
  /// The disk cannot be read or written now.
  case unavailable
}
