import Foundation
import Glibc

/// What an operator does with a relay's blobs beside serving them. All but pruning may be done while it serves.
package enum BlobMaintenance {
  /// How much there is, all blobs together.
  package struct Statistics: Hashable, Sendable {
    package internal(set) var finished = 0
    package internal(set) var finishedByteCount: UInt64 = 0
    package internal(set) var unfinished = 0
    /// What is there of them.
    package internal(set) var unfinishedByteCount: UInt64 = 0

    /// Nothing.
    package init() {}
  }

  package static func statistics(path: String) throws(BlobStoreError) -> Statistics {
    var statistics = Statistics()
    try forEach(path) { _, blob throws(BlobStoreError) in
      if blob.isPartial {
        statistics.unfinished += 1
        statistics.unfinishedByteCount += blob.byteCount
      } else {
        statistics.finished += 1
        statistics.finishedByteCount += blob.byteCount
      }
    }
    return statistics
  }

  /// Looks at every file. What is inside only a reader with the digest can judge.
  ///
  /// - Returns: what is wrong, a line each; empty: nothing.
  package static func check(path: String) throws(BlobStoreError) -> [String] {
    var problems: [String] = []
    try forEach(path) { name, blob throws(BlobStoreError) in
      guard let header = blob.header else {
        // An upload whose beginning a crash cut off; nobody was told of it.
        if !blob.isPartial { problems.append("blobs/\(name): does not begin with a header") }
        return
      }
      if blob.isPartial ? blob.byteCount > header.fileByteCount : blob.byteCount != header.fileByteCount {
        problems.append("blobs/\(name): has \(blob.byteCount) bytes instead of \(header.fileByteCount)")
      }
    }
    return problems
  }

  /// Copies all finished blobs into a new folder `target` (0700), as hard links where both are on one disk.
  ///
  /// Finished blobs never change, so each is whole in the copy; what is finished or deleted meanwhile may be in it or not.
  /// - Returns: false if `target` exists: nothing is ever overwritten.
  package static func backUp(path: String, to target: String) throws(BlobStoreError) -> Bool {
    guard mkdir(target, 0o700) == 0 else {
      if errno == EEXIST { return false }
      throw .unavailable
    }
    let copy = BlobFolder(path: target)
    try copy.make()
    try forEach(path) { name, blob throws(BlobStoreError) in
      guard !blob.isPartial, blob.header != nil else { return }
      let (source, destination) = (path + "/" + name, target + "/" + name)
      if link(source, destination) == 0 { return }
      switch errno {
      case ENOENT: return  // Deleted meanwhile.
      case EXDEV, EPERM, EMLINK:
        do { try FileManager.default.copyItem(atPath: source, toPath: destination) } catch { throw .unavailable }
        try copy.open(name).sync()
      default: throw .unavailable
      }
    }
    for name in BlobFolder.names { try copy.sync(folder: name) }
    return true
  }

  /// A relay that never had blobs has no folder for them.
  private static func forEach(
    _ path: String, _ body: (String, BlobEntry) throws(BlobStoreError) -> Void
  ) throws(BlobStoreError) {
    let folder = BlobFolder(path: path)
    for name in BlobFolder.names where folder.exists(name) {
      for entry in try folder.list(name) {
        let file = "\(name)/\(entry)"
        if let blob = try BlobEntry(folder, file) { try body(file, blob) }
      }
    }
  }
}
