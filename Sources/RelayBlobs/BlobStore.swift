package import Ambient
import RelayCore
package import RelayWire
import Synchronization

/// Encrypted files in a folder, each known by the hash of its id (Docs/RelayBlindness.md).
///
/// One file per blob, with everything that is known of it in its first 32 bytes: `xx/NAME.part` while it grows, whose
/// length is the upload's offset, and `xx/NAME` once it is whole and on the disk. Calls block for the disk.
package final class BlobStore: Sendable {
  /// An upload that is not whole by then is removed.
  static let uploadSeconds: UInt64 = 86_400

  struct State {
    var grants = UploadGrants()
    var shares = BlobShares()
    var usage: BlobUsage
    var writers: [BlobName: UploadWriter] = [:]
    /// Files whose header is being written.
    var creating: Set<String> = []
    /// The folder that the next sweep begins with.
    var sweep = 0
  }

  let folder: BlobFolder
  let quota: BlobQuota
  let state: Mutex<State>
  private let clock: any WallClock
  private let expiryClock: any WallClock

  /// Opens the store, and makes its folder if it is missing. What is in it is counted.
  ///
  /// - Parameters:
  ///   - clock: by which new blobs get their ends.
  ///   - expiryClock: by which they have ended.
  /// - Throws: ``BlobStoreError/unavailable``.
  package init(
    path: String, quota: BlobQuota = BlobQuota(), clock: any WallClock,
    expiryClock: any WallClock
  ) throws(BlobStoreError) {
    folder = BlobFolder(path: path)
    try folder.make()
    self.quota = quota
    state = Mutex(State(usage: try BlobUsage(counting: folder)))
    self.clock = clock
    self.expiryClock = expiryClock
  }

  /// The largest file that it takes.
  package var maximumFileByteCount: UInt64 { quota.maximumFileByteCount }

  var now: UInt64 { UInt64(clamping: expiryClock.now().seconds) }

  // MARK: Grants

  /// Promises room to an admitted sender, for as long as it asks or the operator allows.
  ///
  /// - Throws: ``BlobStoreError/overQuota``, whichever limit it met; ``BlobStoreError/tooLarge``.
  package func grant(
    _ command: CreateBlobCommand, entry: AdmissionHash
  ) throws(BlobStoreError) -> BlobGrant {
    guard command.fileByteCount <= quota.maximumFileByteCount else { throw .tooLarge }
    let wall = clock.now()
    let now = UInt64(clamping: wall.seconds)
    let quota = quota
    let retention = command.retention.rawValue < quota.retention.rawValue ? command.retention : quota.retention
    try state.withLock { (state: inout State) throws(BlobStoreError) in
      state.grants.removeExpired(now: now)
      let used = state.usage.byteCount + state.grants.byteCount
      guard used + command.fileByteCount <= quota.totalByteCount,
        state.usage.files + state.grants.count < quota.maximumFiles, state.grants.count < UploadGrants.capacity,
        state.shares.take(
          command.fileByteCount, mailbox: command.mailbox, entry: entry, day: wall.day, quota: quota)
      else { throw .overQuota }
      state.grants.add(
        command.blobID,
        .init(
          fileByteCount: command.fileByteCount, retention: retention,
          validUntil: now + UploadGrants.validSeconds))
    }
    return BlobGrant(validSeconds: UInt32(UploadGrants.validSeconds), retention: retention)
  }

  // MARK: Reading

  /// Opens a finished blob.
  ///
  /// - Throws: ``BlobStoreError/unknown`` for what was never there, is not finished, has expired or was deleted;
  ///   ``BlobStoreError/unavailable``.
  package func read(_ id: BlobID) throws(BlobStoreError) -> BlobReading {
    let name = BlobName(id)
    let file = try folder.open(name.path)
    guard let header = BlobHeader(try file.read(at: 0, count: BlobHeader.byteCount)), now < header.expiresAt else {
      throw .unknown
    }
    // What the disk lost is told as such, and removed by a sweep.
    guard try file.byteCount() == UInt64(BlobHeader.byteCount) + header.fileByteCount else { throw .unavailable }
    return BlobReading(file: file, byteCount: header.fileByteCount, name: name)
  }

  var wallSeconds: UInt64 { UInt64(clamping: clock.now().seconds) }
}
