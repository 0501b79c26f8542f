import Foundation
import Glibc

/// The system calls of a blob store, on paths relative to its folder. Every failure is ``BlobStoreError/unavailable``
/// unless said otherwise.
struct BlobFolder: Sendable {
  let path: String

  /// The 256 folders that the files are in.
  static let names = (0..<256).map { number in
    let text = String(number, radix: 16)
    return number < 16 ? "0" + text : text
  }

  /// Makes the folder and the 256 in it (0700).
  func make() throws(BlobStoreError) {
    for folder in [path] + Self.names.map({ path + "/" + $0 }) where mkdir(folder, 0o700) != 0 && errno != EEXIST {
      throw .unavailable
    }
  }

  /// A descriptor that is closed with its last use.
  final class File: Sendable {
    let descriptor: CInt
    init(_ descriptor: CInt) { self.descriptor = descriptor }
    deinit { close(descriptor) }

    func byteCount() throws(BlobStoreError) -> UInt64 {
      var status = stat()
      guard fstat(descriptor, &status) == 0 else { throw .unavailable }
      return UInt64(max(0, status.st_size))
    }

    /// Reads up to `count` bytes at `offset`, fewer only at the end.
    func read(at offset: UInt64, count: Int) throws(BlobStoreError) -> [UInt8] {
      var bytes = [UInt8](repeating: 0, count: count)
      let result = bytes.withUnsafeMutableBytes { buffer in
        Result { () throws(BlobStoreError) in try self.read(at: offset, into: buffer) }
      }
      return Array(bytes.prefix(try result.get()))
    }

    /// Fills `buffer` from `offset` on, less only at the end.
    func read(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(BlobStoreError) -> Int {
      var read = 0
      while read < buffer.count {
        let result = pread(
          descriptor, buffer.baseAddress.map { $0 + read }, buffer.count - read, off_t(offset) + off_t(read))
        if result < 0, errno == EINTR { continue }
        guard result >= 0 else { throw .unavailable }
        if result == 0 { break }
        read += result
      }
      return read
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws(BlobStoreError) {
      var written = 0
      while written < bytes.count {
        let result = pwrite(
          descriptor, bytes.baseAddress.map { $0 + written }, bytes.count - written, off_t(offset) + off_t(written))
        if result < 0, errno == EINTR { continue }
        guard result > 0 else { throw .unavailable }
        written += result
      }
    }

    func truncate(to byteCount: UInt64) throws(BlobStoreError) {
      guard ftruncate(descriptor, off_t(byteCount)) == 0 else { throw .unavailable }
    }

    /// Returns when what was written is on the disk.
    func sync() throws(BlobStoreError) {
      guard fsync(descriptor) == 0 else { throw .unavailable }
    }
  }

  /// - Throws: ``BlobStoreError/unknown`` if there is no such file.
  func open(_ name: String, writable: Bool = false) throws(BlobStoreError) -> File {
    let descriptor = Glibc.open(path + "/" + name, (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { throw errno == ENOENT ? .unknown : .unavailable }
    return File(descriptor)
  }

  /// Makes a file (0600) that must not be there.
  func create(_ name: String) throws(BlobStoreError) -> File {
    let descriptor = Glibc.open(path + "/" + name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw .unavailable }
    return File(descriptor)
  }

  func exists(_ name: String) -> Bool { access(path + "/" + name, F_OK) == 0 }

  func rename(_ name: String, to other: String) throws(BlobStoreError) {
    guard Glibc.rename(path + "/" + name, path + "/" + other) == 0 else { throw .unavailable }
  }

  /// - Returns: whether it was there.
  func remove(_ name: String) throws(BlobStoreError) -> Bool {
    if unlink(path + "/" + name) == 0 { return true }
    guard errno == ENOENT else { throw .unavailable }
    return false
  }

  /// Returns when names that were made, changed or removed in `folder` are so on the disk.
  func sync(folder: String) throws(BlobStoreError) {
    let descriptor = Glibc.open(path + "/" + folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .unavailable }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw .unavailable }
  }

  /// The names in one of the 256 folders.
  func list(_ folder: String) throws(BlobStoreError) -> [String] {
    do { return try FileManager.default.contentsOfDirectory(atPath: path + "/" + folder) } catch { throw .unavailable }
  }
}
