import Glibc

/// A small disk in memory (tmpfs) of its own, which can be full and can become read-only. Needs root.
package final class TemporaryDisk: Sendable {
  /// Where it is mounted.
  package let path: String
  private let folder: TemporaryFolder
  private let options: String

  /// Whether this process may mount.
  package static let isPermitted: Bool = {
    // Whatever the reason: no disk, no test on it.
    (try? TemporaryDisk(mebibytes: 1)) != nil
  }()

  package init(mebibytes: Int) throws(ProcessFailure) {
    folder = try TemporaryFolder()
    path = folder.path(of: "disk")
    options = "size=\(mebibytes)m,mode=0700"
    guard mkdir(path, 0o700) == 0, mount("none", path, "tmpfs", 0, options) == 0 else {
      throw .notStarted(program: "mount", errno: errno)
    }
  }

  /// Mounts it again, read-only or not. Only while nothing has a file open for writing.
  package func remount(readOnly: Bool) throws(ProcessFailure) {
    let flags = UInt(MS_REMOUNT) | (readOnly ? UInt(MS_RDONLY) : 0)
    guard mount("none", path, "tmpfs", flags, options) == 0 else { throw .notStarted(program: "mount", errno: errno) }
  }

  deinit { umount2(path, Int32(MNT_DETACH)) }
}
