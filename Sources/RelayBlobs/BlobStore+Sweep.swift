import Synchronization

extension BlobStore {
  /// How many of the 256 folders one call looks at, so that all are seen in a quarter of an hour of calls a minute apart.
  static let foldersPerSweep = 18

  /// Removes what has expired, uploads that were not finished in time, and what is no blob, in the next few folders.
  package func removeExpired() throws(BlobStoreError) {
    let start = state.withLock { state in
      defer { state.sweep = (state.sweep + Self.foldersPerSweep) % BlobFolder.names.count }
      return state.sweep
    }
    for index in start..<start + Self.foldersPerSweep { try sweep(BlobFolder.names[index % BlobFolder.names.count]) }
  }

  /// The same in all folders.
  package func removeAllExpired() throws(BlobStoreError) {
    for name in BlobFolder.names { try sweep(name) }
  }

  private func sweep(_ name: String) throws(BlobStoreError) {
    let now = now
    var removed = false
    for entry in try folder.list(name) {
      let path = "\(name)/\(entry)"
      guard let blob = try BlobEntry(folder, path), blob.isOver(now: now), !isBeginning(entry, blob),
        try folder.remove(path)
      else { continue }
      removed = true
      if let header = blob.header { state.withLock { $0.usage.remove(header.fileByteCount) } }
    }
    if removed { try folder.sync(folder: name) }
  }

  /// Between the making of a file and its header a sweep must not take it for damaged.
  private func isBeginning(_ entry: String, _ blob: BlobEntry) -> Bool {
    guard blob.header == nil, blob.isPartial else { return false }
    return state.withLock { $0.creating.contains(String(entry.dropLast(BlobName.partialSuffix.count))) }
  }
}
