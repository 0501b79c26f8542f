import Glibc

/// Reading and making `relay.key`, durably.
enum RelayKeyFile {
  /// The bytes of the file, or nil if there is none.
  ///
  /// - Throws: ``RelaySigningError/damaged`` if the group or others may do anything with it, or it is over 4 KiB.
  static func read(_ path: String) throws(RelaySigningError) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else {
      if errno == ENOENT { return nil }
      throw .file(errno: errno)
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .file(errno: errno) }
    guard status.st_mode & 0o077 == 0, status.st_size <= 4_096 else { throw .damaged }
    var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
    var filled = 0
    while filled < bytes.count {
      let count = bytes.withUnsafeMutableBytes { buffer in
        Glibc.read(descriptor, buffer.baseAddress.map { $0 + filled }, buffer.count - filled)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw .file(errno: errno) }
      filled += count
    }
    return bytes
  }

  /// Writes a new file (0600) under another name, fsyncs it, gives it its name and fsyncs the directory.
  ///
  /// `link` refuses a name that exists, so that of two relays that start at once one keeps its key and the other fails.
  static func create(_ path: String, in directory: String, _ bytes: [UInt8]) throws(RelaySigningError) {
    let temporary = path + ".new"
    unlink(temporary)  // a start that was interrupted before it had a name
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw .file(errno: errno) }
    defer { close(descriptor) }
    let written = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    guard written == bytes.count, fsync(descriptor) == 0 else { throw .file(errno: errno) }
    guard link(temporary, path) == 0 else { throw .file(errno: errno) }
    unlink(temporary)

    let folder = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard folder >= 0 else { throw .file(errno: errno) }
    defer { close(folder) }
    guard fsync(folder) == 0 else { throw .file(errno: errno) }
  }
}
