import Foundation

/// How much a blob store holds, unfinished blobs as large as they will be.
struct BlobUsage: Hashable, Sendable {
  private(set) var files = 0
  private(set) var byteCount: UInt64 = 0

  mutating func add(_ fileByteCount: UInt64) {
    files += 1
    byteCount += fileByteCount
  }

  mutating func remove(_ fileByteCount: UInt64) {
    files -= min(files, 1)
    byteCount -= min(byteCount, fileByteCount)
  }

  init() {}

  /// Counts what is in `folder`.
  init(counting folder: BlobFolder) throws(BlobStoreError) {
    for name in BlobFolder.names {
      for entry in try folder.list(name) {
        // What has no header is removed by a sweep.
        if let header = try BlobEntry(folder, "\(name)/\(entry)")?.header { add(header.fileByteCount) }
      }
    }
  }
}

/// One file in a blob store, as a sweep or a check sees it.
struct BlobEntry {
  let isPartial: Bool
  /// nil: it does not begin with a header.
  let header: BlobHeader?
  /// Bytes without the header.
  let byteCount: UInt64

  /// nil: it has gone meanwhile.
  init?(_ folder: BlobFolder, _ path: String) throws(BlobStoreError) {
    let file: BlobFolder.File
    do { file = try folder.open(path) } catch BlobStoreError.unknown { return nil } catch { throw error }
    isPartial = path.hasSuffix(BlobName.partialSuffix)
    header = BlobHeader(try file.read(at: 0, count: BlobHeader.byteCount))
    let length = try file.byteCount()
    byteCount = length - min(length, UInt64(BlobHeader.byteCount))
  }

  /// Whether it is of no more use at `now`: over, never begun, or not what a blob is.
  func isOver(now: UInt64) -> Bool {
    guard let header else { return true }
    return now >= (isPartial ? header.uploadUntil : header.expiresAt)
      || (!isPartial && byteCount != header.fileByteCount)
  }
}
