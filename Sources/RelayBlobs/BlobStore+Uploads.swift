import RelayProofs
package import RelayWire
import Synchronization

/// How far an upload is.
package struct UploadState: Hashable, Sendable {
  /// How many bytes are there.
  package let offset: UInt64
  /// How many there will be.
  package let fileByteCount: UInt64
  /// Unix seconds: the end of the unfinished upload, or of the finished blob.
  package let expiresAt: UInt64
}

extension BlobStore {
  /// Begins the upload of a grant, which is then used up. Asked again it says how far the upload is.
  ///
  /// Returns when the new file and its name are on the disk.
  /// - Throws: ``BlobStoreError/unknown`` without a grant; ``BlobStoreError/tooLarge`` if it was for another size.
  package func create(_ upload: UploadCapability, fileByteCount: UInt64) throws(BlobStoreError) -> UploadState {
    do { return try state(of: upload) } catch BlobStoreError.unknown {} catch { throw error }
    let (name, now) = (BlobName(upload), wallSeconds)
    // Taken out first: of two requests at once only one begins.
    let grant = try state.withLock { (state: inout State) throws(BlobStoreError) -> UploadGrants.Grant in
      guard let grant = state.grants.find(BlobID(upload), now: now) else { throw .unknown }
      guard grant.fileByteCount == fileByteCount else { throw .tooLarge }
      state.grants.remove(BlobID(upload))
      state.usage.add(fileByteCount)
      state.creating.insert(name.text)
      return grant
    }
    defer { state.withLock { _ = $0.creating.remove(name.text) } }
    let expiry = now + grant.retention.seconds
    let header = BlobHeader(
      fileByteCount: fileByteCount, uploadUntil: min(expiry, now + Self.uploadSeconds), expiresAt: expiry)
    do throws(BlobStoreError) {
      let file = try folder.create(name.partialPath)
      try header.bytes.span.bytes.withUnsafeBytes { bytes throws(BlobStoreError) in try file.write(bytes, at: 0) }
      try file.sync()
      try folder.sync(folder: name.folder)
    } catch {
      // What is left of it, if anything, is removed by a sweep.
      _ = try? folder.remove(name.partialPath)
      state.withLock { $0.usage.remove(fileByteCount) }
      throw error
    }
    return UploadState(offset: 0, fileByteCount: fileByteCount, expiresAt: header.uploadUntil)
  }

  /// How far an upload is. One whose last bytes came just before a crash is finished here.
  ///
  /// - Throws: ``BlobStoreError/unknown``.
  package func state(of upload: UploadCapability) throws(BlobStoreError) -> UploadState {
    let name = BlobName(upload)
    do {
      let (header, file) = try openPartial(name)
      let offset = try file.byteCount() - UInt64(BlobHeader.byteCount)
      if offset == header.fileByteCount, !state.withLock({ $0.writers[name] != nil }) {
        try file.sync()
        try announce(name)
        return UploadState(offset: offset, fileByteCount: header.fileByteCount, expiresAt: header.expiresAt)
      }
      return UploadState(offset: offset, fileByteCount: header.fileByteCount, expiresAt: header.uploadUntil)
    } catch BlobStoreError.unknown {} catch { throw error }
    let file = try folder.open(name.path)
    guard let header = BlobHeader(try file.read(at: 0, count: BlobHeader.byteCount)), now < header.expiresAt else {
      throw .unknown
    }
    return UploadState(
      offset: header.fileByteCount, fileByteCount: header.fileByteCount, expiresAt: header.expiresAt)
  }

  /// Goes on with an upload. A request that still does is cut off.
  ///
  /// - Throws: ``BlobStoreError/otherOffset(_:)`` unless the file is that long; ``BlobStoreError/unknown``.
  package func write(to upload: UploadCapability, at offset: UInt64) throws(BlobStoreError) -> UploadWriter {
    let name = BlobName(upload)
    state.withLock { $0.writers.removeValue(forKey: name) }?.release()
    let known = try state(of: upload)
    guard known.offset == offset else { throw .otherOffset(known.offset) }
    // Whole already, and the request has nothing to add.
    let (header, file): (BlobHeader, BlobFolder.File)
    if known.offset == known.fileByteCount {
      file = try folder.open(name.path)
      header = BlobHeader(fileByteCount: known.fileByteCount, uploadUntil: 0, expiresAt: known.expiresAt)
    } else {
      (header, file) = try openPartial(name, writable: true)
    }
    let writer = UploadWriter(name: name, header: header, file: file, offset: offset)
    state.withLock { $0.writers.updateValue(writer, forKey: name) }?.release()
    return writer
  }

  /// Ends a request: what it wrote is on the disk, and a whole blob has its name and can be read, when this returns.
  package func finish(_ writer: UploadWriter) throws(BlobStoreError) -> UploadState {
    defer { forget(writer) }
    let offset = try writer.close()
    let header = writer.header
    guard offset == header.fileByteCount else {
      return UploadState(offset: offset, fileByteCount: header.fileByteCount, expiresAt: header.uploadUntil)
    }
    if folder.exists(writer.name.partialPath) { try announce(writer.name) }
    return UploadState(offset: offset, fileByteCount: header.fileByteCount, expiresAt: header.expiresAt)
  }

  /// Ends a request that was cut off, or whose checksum was wrong.
  ///
  /// - Parameter discards: whether what it wrote is taken back.
  package func abandon(_ writer: UploadWriter, discards: Bool) {
    if discards { writer.discard() } else { writer.release() }
    forget(writer)
  }

  /// Deletes an upload or the blob that it became. Returns when the name is gone from the disk.
  ///
  /// - Throws: ``BlobStoreError/unknown``.
  package func delete(_ upload: UploadCapability) throws(BlobStoreError) {
    let name = BlobName(upload)
    let known = try state(of: upload)
    state.withLock { $0.writers.removeValue(forKey: name) }?.release()
    let (wasPartial, wasWhole) = (try folder.remove(name.partialPath), try folder.remove(name.path))
    if wasPartial || wasWhole { state.withLock { $0.usage.remove(known.fileByteCount) } }
    try folder.sync(folder: name.folder)
  }

  private func forget(_ writer: UploadWriter) {
    state.withLock { state in
      if state.writers[writer.name] === writer { state.writers[writer.name] = nil }
    }
  }

  private func announce(_ name: BlobName) throws(BlobStoreError) {
    try folder.rename(name.partialPath, to: name.path)
    try folder.sync(folder: name.folder)
  }

  private func openPartial(
    _ name: BlobName, writable: Bool = false
  ) throws(BlobStoreError) -> (BlobHeader, BlobFolder.File) {
    let file = try folder.open(name.partialPath, writable: writable)
    // A crash at its creation may have left less than a header: as if it had never begun.
    guard let header = BlobHeader(try file.read(at: 0, count: BlobHeader.byteCount)), now < header.uploadUntil else {
      throw .unknown
    }
    guard try file.byteCount() <= UInt64(BlobHeader.byteCount) + header.fileByteCount else { throw .unavailable }
    return (header, file)
  }
}
