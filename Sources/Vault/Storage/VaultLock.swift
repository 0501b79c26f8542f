import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// The exclusive hold on a vault's directory: `flock` on `vault.lock`, which carries the holder's process number.
///
/// The system lets go of it when the process ends, however it ends.
final class VaultLock: Sendable {
  private let descriptor: Int32
  private let isReleased = Atomic<Bool>(false)

  /// - Throws: ``VaultError/inUse(pid:)`` when somebody holds it.
  init(path: String) throws(VaultError) {
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    if descriptor < 0 { throw PrivateFile.failure(errno) }
    if flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      let code = errno
      let holder = Self.holder(descriptor)
      close(descriptor)
      throw code == EWOULDBLOCK ? .inUse(pid: holder) : PrivateFile.failure(code)
    }
    self.descriptor = descriptor
    let text = [UInt8]("\(getpid())\n".utf8)
    guard ftruncate(descriptor, 0) == 0, pwrite(descriptor, text, text.count, 0) == text.count else {
      throw PrivateFile.failure(errno)
    }
  }

  deinit { release() }

  /// Lets go of the directory. Only the first call does something.
  func release() {
    if !isReleased.exchange(true, ordering: .relaxed) { close(descriptor) }
  }

  private static func holder(_ descriptor: Int32) -> Int32 {
    var text = [UInt8](repeating: 0, count: 16)
    let count = pread(descriptor, &text, text.count, 0)
    guard count > 0 else { return 0 }
    return Int32(String(decoding: text.prefix(count).prefix { $0 != 10 }, as: UTF8.self)) ?? 0
  }
}
