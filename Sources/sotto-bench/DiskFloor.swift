import Glibc

/// What the disk alone takes to make as many bytes durable as a commit writes: no receipt can leave sooner.
///
/// Goes round and round in a file of the size of the relay's log, as the log does: no block is new, so that `fdatasync`
/// writes what was written and nothing else.
final class DiskFloor {
  private static let pageByteCount = 4_096
  /// Pages of the file: those of the relay's log when it starts anew.
  private static let pageCount = 8_192

  private let descriptor: Int32
  private let page: [UInt8]
  private var position = 0

  init(_ path: String) throws(LoadFailure) {
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw .system("open") }
    page = (0..<Self.pageByteCount).map { _ in .random(in: 0...255) }
    for _ in 0..<Self.pageCount { try write() }
    guard fsync(descriptor) == 0 else { throw .system("fsync") }
  }

  deinit { Glibc.close(descriptor) }

  /// Writes `pages` and waits until they are durable, again and again. A latency is that of one such group.
  func sync(pages: Int, for time: Duration) throws(LoadFailure) -> Rate {
    var latencies: [UInt64] = []
    let watch = Stopwatch()
    let end = Monotonic.now() + UInt64(time.inSeconds * 1e9)
    while Monotonic.now() < end {
      let start = Monotonic.now()
      try commit(pages: pages)
      latencies.append(Monotonic.now() - start)
    }
    return watch.rate(nanoseconds: latencies)
  }

  /// Writes `pages` and waits until they are durable.
  func commit(pages: Int) throws(LoadFailure) {
    for _ in 0..<pages { try write() }
    guard fdatasync(descriptor) == 0 else { throw .system("fdatasync") }
  }

  private func write() throws(LoadFailure) {
    guard pwrite(descriptor, page, page.count, off_t(position * Self.pageByteCount)) == page.count else {
      throw .system("pwrite")
    }
    position = (position + 1) % Self.pageCount
  }
}
