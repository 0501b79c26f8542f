import Synchronization

/// One request's hold on an unfinished upload. The next request takes it away: a connection that died unnoticed blocks
/// nobody.
package final class UploadWriter: Sendable {
  /// What was written is brought to the disk this often, so that the end of a large upload does not wait for all of it.
  private static let syncInterval: UInt64 = 16 << 20

  private struct State {
    var file: BlobFolder.File?
    var offset: UInt64
    var synced: UInt64
  }

  let name: BlobName
  let header: BlobHeader
  /// Where this request began.
  package let start: UInt64
  private let state: Mutex<State>

  init(name: BlobName, header: BlobHeader, file: BlobFolder.File, offset: UInt64) {
    self.name = name
    self.header = header
    start = offset
    state = Mutex(State(file: file, offset: offset, synced: offset))
  }

  /// Appends at the end. Blocks for the disk.
  ///
  /// - Throws: ``BlobStoreError/tooLarge``: nothing of these bytes was written; ``BlobStoreError/superseded``;
  ///   ``BlobStoreError/unavailable``.
  package func append(_ bytes: UnsafeRawBufferPointer) throws(BlobStoreError) {
    try state.withLock { (state: inout State) throws(BlobStoreError) in
      guard let file = state.file else { throw .superseded }
      guard UInt64(bytes.count) <= header.fileByteCount - state.offset else { throw .tooLarge }
      try file.write(bytes, at: UInt64(BlobHeader.byteCount) + state.offset)
      state.offset += UInt64(bytes.count)
      if state.offset - state.synced >= Self.syncInterval {
        try file.sync()
        state.synced = state.offset
      }
    }
  }

  /// Brings what was written to the disk and lets go of the file.
  ///
  /// - Returns: how much of the upload is there.
  func close() throws(BlobStoreError) -> UInt64 {
    try state.withLock { (state: inout State) throws(BlobStoreError) -> UInt64 in
      guard let file = state.file.take() else { throw .superseded }
      try file.sync()
      return state.offset
    }
  }

  /// Takes back what this request wrote, and lets go of the file.
  func discard() {
    state.withLock { state in
      // A file that cannot be cut keeps bytes that the reader's digest finds out.
      try? state.file.take()?.truncate(to: UInt64(BlobHeader.byteCount) + start)
    }
  }

  /// Lets go of the file for another request.
  func release() { state.withLock { $0.file = nil } }
}
