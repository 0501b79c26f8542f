import GRDB
import Glibc
import RelayCore

/// The file of the write-ahead log, beside SQLite, which alone appends to it.
///
/// SQLite locks the database's file and never this one, so that opening and closing it takes no lock away.
final class LogFile: Sendable {
  /// Bytes before the first frame.
  private static let headerByteCount = 32
  /// Bytes of a frame before its page.
  private static let frameHeaderByteCount = 24

  private let descriptor: Int32
  private let frameByteCount: Int

  /// - Parameter path: of the database.
  init(database path: String, _ database: Database) throws {
    guard let page = try Int.fetchOne(database, sql: "PRAGMA page_size") else { throw StoreError.damaged }
    frameByteCount = page + Self.frameHeaderByteCount
    descriptor = open(path + "-wal", O_RDWR | O_CLOEXEC)
    guard descriptor >= 0 else { throw StoreError.unavailable }
  }

  deinit { close(descriptor) }

  /// Frames that the file has room for, an incomplete one included.
  var frameCount: Int {
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_size > Self.headerByteCount else { return 0 }
    return (Int(status.st_size) - Self.headerByteCount + frameByteCount - 1) / frameByteCount
  }

  /// Writes zeros over `frames`, as far as the file goes, and waits until they are durable.
  ///
  /// - Returns: whether they are.
  func clear(_ frames: Range<Int>) -> Bool {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return false }
    let start = Self.headerByteCount + frames.lowerBound * frameByteCount
    let end = min(Self.headerByteCount + frames.upperBound * frameByteCount, Int(status.st_size))
    guard start < end else { return true }
    let zeros = [UInt8](repeating: 0, count: end - start)
    return pwrite(descriptor, zeros, zeros.count, off_t(start)) == zeros.count && fdatasync(descriptor) == 0
  }
}

/// What is left in the log's file behind the log's end: frames of earlier rounds, with pages as they were then.
///
/// Nobody reads there: a frame counts only with the checksums of all before it, and readers know the log's end. Erased is from
/// the back to the front, down to where the log ends at that moment, by the writer's thread alone: so no frame that counts
/// is ever touched.
struct LogRemains {
  private let file: LogFile
  /// Frames of the log itself.
  private var end: Int
  /// Frames from which on the file holds nothing.
  private var clear: Int
  private(set) var isErasing = false

  /// What an earlier process left counts as the log's, until its first commit tells.
  init(_ file: LogFile) {
    self.file = file
    end = file.frameCount
    clear = end
  }

  /// The log has so many frames now.
  mutating func reached(_ frames: Int) {
    end = frames
    clear = max(clear, frames)
  }

  /// Begins an erasure.
  mutating func wantErasure() {
    isErasing = clear > end
  }

  /// Erases so many frames, or what is left; an erasure that fails is ended.
  ///
  /// - Returns: whether there were any.
  mutating func erase(frames: Int) -> Bool {
    guard isErasing else { return false }
    let start = max(end, clear - frames)
    guard start < clear, file.clear(start..<clear) else {
      isErasing = false
      return false
    }
    clear = start
    isErasing = clear > end
    return true
  }
}
