import Foundation
import SecretMemory

#if canImport(Glibc)
  import Glibc
#endif

/// Files that only their owner may reach (0600, directories 0700), written so that a crash leaves old or new.
enum PrivateFile {
  /// An open file, closed when it goes out of scope.
  private struct Descriptor: ~Copyable {
    let number: Int32

    init(_ path: String, _ flags: Int32, mode: mode_t = 0o600) throws(VaultError) {
      number = open(path, flags | O_CLOEXEC, mode)
      if number < 0 { throw PrivateFile.failure(errno) }
    }

    deinit { close(number) }

    func sync() throws(VaultError) {
      if fsync(number) != 0 { throw PrivateFile.failure(errno) }
    }

    func write(_ bytes: [UInt8], at offset: Int) throws(VaultError) {
      var written = 0
      while written < bytes.count {
        let count = bytes.withUnsafeBytes { buffer in
          pwrite(number, buffer.baseAddress.map { $0 + written }, buffer.count - written, off_t(offset + written))
        }
        if count < 0, errno == EINTR { continue }
        if count <= 0 { throw PrivateFile.failure(errno) }
        written += count
      }
    }

    /// Reads until `buffer` is full or the file ends.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(VaultError) -> Int {
      var total = 0
      while total < buffer.count {
        let count = pread(number, buffer.baseAddress.map { $0 + total }, buffer.count - total, off_t(total))
        if count < 0, errno == EINTR { continue }
        if count < 0 { throw PrivateFile.failure(errno) }
        if count == 0 { break }
        total += count
      }
      return total
    }
  }

  static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  /// Makes the directory and what is missing above it; it is 0700 afterwards.
  static func makeDirectory(_ path: String) throws(VaultError) {
    var made = ""
    for component in path.split(separator: "/", omittingEmptySubsequences: true) {
      made += made.isEmpty && !path.hasPrefix("/") ? String(component) : "/" + component
      if mkdir(made, 0o700) != 0, errno != EEXIST, !exists(made) { throw failure(errno) }
    }
    if chmod(path, 0o700) != 0 { throw failure(errno) }
  }

  /// Makes a new file with these bytes, durably.
  static func create(_ path: String, _ bytes: [UInt8]) throws(VaultError) {
    let file = try Descriptor(path, O_WRONLY | O_CREAT | O_EXCL)
    try file.write(bytes, at: 0)
    try file.sync()
    try syncDirectory(of: path)
  }

  /// Makes a new file with a secret, durably; never over an existing one.
  static func create(_ path: String, secret: borrowing SecretBytes) throws(VaultError) {
    // Under another name first: a crash must not leave half a key under this one.
    let temporary = path + ".new"
    try remove(temporary)
    do {
      let file = try Descriptor(temporary, O_WRONLY | O_CREAT | O_EXCL)
      try secret.withBytes { bytes throws(VaultError) in
        let count = bytes.withUnsafeBytes { pwrite(file.number, $0.baseAddress, $0.count, 0) }
        if count != bytes.byteCount { throw count < 0 ? failure(errno) : .storageFull }
      }
      try file.sync()
    }
    if link(temporary, path) != 0 { throw failure(errno) }
    try remove(temporary)
    try syncDirectory(of: path)
  }

  /// Reads a whole small file.
  ///
  /// - Parameter limit: one byte more than this is read at most, so that a longer file shows.
  static func read(_ path: String, limit: Int) throws(VaultError) -> [UInt8] {
    let file = try Descriptor(path, O_RDONLY)
    var bytes = [UInt8](repeating: 0, count: limit + 1)
    var failed: VaultError?
    let count = bytes.withUnsafeMutableBytes { buffer -> Int in
      do throws(VaultError) { return try file.read(into: buffer) } catch {
        failed = error
        return 0
      }
    }
    if let failed { throw failed }
    return [UInt8](bytes.prefix(count))
  }

  /// Reads a file of exactly `byteCount` bytes into locked memory.
  static func readSecret(_ path: String, byteCount: Int) throws(VaultError) -> SecretBytes {
    let file = try Descriptor(path, O_RDONLY)
    var status = stat()
    if fstat(file.number, &status) != 0 { throw failure(errno) }
    guard status.st_size == byteCount else { throw .invalidProtection(.fileSize(Int(status.st_size))) }
    return try SecretBytes(byteCount: byteCount, wrapping: { VaultError($0) }) { output throws(VaultError) in
      var failed: VaultError?
      var count = 0
      output.withUnsafeMutableBytes { buffer in
        do throws(VaultError) { count = try file.read(into: buffer) } catch { failed = error }
      }
      if let failed { throw failed }
      guard count == byteCount else { throw .invalidProtection(.fileSize(count)) }
    }
  }

  /// Overwrites bytes in place and waits until they are on the disk.
  static func overwrite(_ path: String, at offset: Int, _ bytes: [UInt8]) throws(VaultError) {
    let file = try Descriptor(path, O_WRONLY)
    try file.write(bytes, at: offset)
    try file.sync()
  }

  /// Gives the file its final name, durably.
  static func rename(_ path: String, to newPath: String) throws(VaultError) {
    if Glibc.rename(path, newPath) != 0 { throw failure(errno) }
    try syncDirectory(of: newPath)
  }

  /// Gives the file a second name, durably.
  static func addName(_ path: String, as newPath: String) throws(VaultError) {
    if Glibc.link(path, newPath) != 0 { throw failure(errno) }
    try syncDirectory(of: newPath)
  }

  /// Whether both names are of one file.
  static func isSame(_ path: String, _ otherPath: String) throws(VaultError) -> Bool {
    var (one, other) = (stat(), stat())
    guard stat(path, &one) == 0, stat(otherPath, &other) == 0 else { throw failure(errno) }
    return one.st_dev == other.st_dev && one.st_ino == other.st_ino
  }

  /// Removes the file if it is there.
  static func remove(_ path: String) throws(VaultError) {
    if unlink(path) != 0, errno != ENOENT { throw failure(errno) }
  }

  /// The permission bits, or nil when there is no such file.
  static func permissions(_ path: String) -> mode_t? {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & 0o777 : nil
  }

  /// The path without links and dots, of something that exists.
  static func resolved(_ path: String) throws(VaultError) -> String {
    guard let resolved = realpath(path, nil) else { throw failure(errno) }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  static func directory(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  static func failure(_ code: Int32) -> VaultError {
    code == ENOSPC || code == EDQUOT ? .storageFull : .fileSystem(code: code)
  }

  private static func syncDirectory(of path: String) throws(VaultError) {
    try Descriptor(directory(of: path), O_RDONLY | O_DIRECTORY).sync()
  }
}
