/// Why a store did not do what it was asked. Whoever sees one of these must assume that nothing was stored.
package enum StoreError: Error, Hashable, Sendable {
  /// The store cannot be written or read now: full or read-only disk, shutting down. Nothing of the group was stored.
  case unavailable
  /// Another process holds the data directory.
  case inUse
  /// The mailbox is not there (any more). Told to owners only.
  case noSuchMailbox
  /// The files are not what this version wrote, or a setting that durability needs is not in force.
  case damaged
  /// There is no store in the directory, and none was asked to be made.
  case missing
  /// The store is of another version: start the relay of this version on it once, or use the version that wrote it.
  case otherVersion
  /// The file of registration tokens cannot be read, or has a line that none wrote: no new mailbox can be judged.
  case tokensUnreadable
}
