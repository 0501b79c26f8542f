import BlobCipher
import Foundation
import Synchronization

/// The folder beside the vault in which encrypted files wait to be sent, or come in. Nothing in it is readable without a
/// message of the vault; what no message needs is removed.
struct FileFolder: Sendable {
  let path: String
  /// The files in it that wait for their message in this process.
  let staged = StagedNames()

  /// Makes it (0700) if it is missing.
  func make() throws(NodeFileError) {
    guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw .cannotWrite }
  }

  func path(of name: String) -> String { path + "/" + name }

  /// Removes uploads that nothing in the outbox names, downloads that nobody has gone on with for 30 days, and verified ones
  /// that nobody has read for an hour.
  func removeOrphans(keeping uploads: Set<String>) {
    // A folder that cannot be read has nothing that could be removed now; the next time looks again.
    for name in (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] {
      guard !uploads.contains(name), !staged.contains(name) else { continue }
      if name.hasSuffix(Self.downloadSuffix), let age = age(name), age < Self.partialSeconds { continue }
      if name.hasSuffix(Self.verifiedSuffix), let age = age(name), age < Self.verifiedSeconds { continue }
      unlink(path(of: name))
    }
  }

  static let uploadSuffix = ".up"
  static let downloadSuffix = ".down"
  /// Of a download that is whole and was found to be what its message means.
  static let verifiedSuffix = ".whole"
  private static let partialSeconds = 30 * 86_400
  private static let verifiedSeconds = 3_600

  private func age(_ name: String) -> Int? {
    var status = stat()
    guard stat(path(of: name), &status) == 0 else { return nil }
    return max(0, time(nil) - status.st_mtim.tv_sec)
  }
}

/// The names of files that wait for their message. What is in here is nobody's orphan.
final class StagedNames: Sendable {
  private let names = Mutex<Set<String>>([])

  func insert(_ name: String) { names.withLock { _ = $0.insert(name) } }
  func remove(_ name: String) { names.withLock { _ = $0.remove(name) } }
  func contains(_ name: String) -> Bool { names.withLock { $0.contains(name) } }
}

/// A file that is read or written in order, or at a place.
final class OpenFile {
  private let descriptor: CInt

  /// - Parameter flags: of `open(2)`; a new file is readable by its owner only.
  init(_ path: String, _ flags: CInt) throws(NodeFileError) {
    descriptor = open(path, flags | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw flags & O_CREAT == 0 ? .cannotRead : .cannotWrite }
  }

  deinit { close(descriptor) }

  func byteCount() throws(NodeFileError) -> UInt64 {
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { throw .cannotRead }
    return UInt64(max(0, status.st_size))
  }

  /// Reads up to `count` bytes at `offset`, fewer only at the end.
  func read(at offset: UInt64, count: Int) throws(NodeFileError) -> [UInt8] {
    var failed = false
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      while initialized < count {
        let result = pread(
          descriptor, buffer.baseAddress.map { $0 + initialized }, count - initialized,
          off_t(offset) + off_t(initialized))
        if result < 0, errno == EINTR { continue }
        failed = result < 0
        if result <= 0 { break }
        initialized += result
      }
    }
    if failed { throw .cannotRead }
    return bytes
  }

  func append(_ bytes: [UInt8]) throws(NodeFileError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw .cannotWrite }
      rest = rest.dropFirst(count)
    }
  }

  func sync() throws(NodeFileError) {
    guard fsync(descriptor) == 0 else { throw .cannotWrite }
  }

  /// Notes that it is in use, for whoever removes what is not.
  func touch() { futimens(descriptor, nil) }

  /// Reads in order, for the blob cipher.
  func reader() -> BlobCipher.Read {
    var position: UInt64 = 0
    return { (count: Int) throws(BlobError) -> [UInt8] in
      do throws(NodeFileError) {
        let bytes = try self.read(at: position, count: count)
        position += UInt64(bytes.count)
        return bytes
      } catch { throw .unreadable }
    }
  }

  /// Appends, for the blob cipher.
  func writer() -> BlobCipher.Write {
    { (bytes: [UInt8]) throws(BlobError) in
      do throws(NodeFileError) { try self.append(bytes) } catch { throw .unwritable }
    }
  }
}
