import Glibc
import RelayCore
import Synchronization

/// Holds a data directory for this process: two writers with one file would each believe in their own sequence numbers.
final class DirectoryLock: Sendable {
  /// nil once it was released.
  private let descriptor: Mutex<CInt?>

  /// Makes the directory (0700) if it is missing, and locks `relay.lock` in it.
  ///
  /// - Throws: ``StoreError/inUse`` while another process holds it, ``StoreError/unavailable`` if it cannot be made.
  init(directory: String) throws(StoreError) {
    if mkdir(directory, 0o700) != 0, errno != EEXIST { throw .unavailable }
    let descriptor = open(directory + "/relay.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw .unavailable }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let isHeld = errno == EWOULDBLOCK
      close(descriptor)
      throw isHeld ? .inUse : .unavailable
    }
    self.descriptor = Mutex(descriptor)
  }

  deinit { release() }

  /// Lets another process, or another store of this one, have the directory.
  func release() {
    // Closing the only descriptor of the open file ends its lock.
    if let held = descriptor.withLock({ $0.take() }) { close(held) }
  }
}
