import GRDB
import Glibc
package import RelayCore

/// A consistent copy of a store, made while a relay goes on (SQLite's online backup, in one step over one snapshot).
package enum StoreBackup {
  /// Copies `relay.sqlite` of `directory` to a new file `path` (0600), which has that name only once it is whole, verified
  /// and on the disk.
  ///
  /// - Returns: false if `path` exists: nothing is ever overwritten.
  package static func run(directory: String, to path: String) throws(StoreError) -> Bool {
    guard access(path, F_OK) != 0 else { return false }
    let partial = path + ".partial"
    // What an interrupted backup left.
    unlink(partial)
    do {
      let source = try StoreReader.open(directory)
      // Only read from: closing has nothing to lose.
      defer { try? source.close() }
      let descriptor = open(partial, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
      guard descriptor >= 0 else { throw StoreError.unavailable }
      close(descriptor)
      try copy(source, to: partial)
      try makeDurable(partial)
      // `link` refuses a name that exists.
      guard link(partial, path) == 0 else { throw StoreError.unavailable }
      unlink(partial)
      try makeDurable(folder(of: path))
      return true
    } catch {
      unlink(partial)
      throw StoreError(error)
    }
  }

  private static func copy(_ source: DatabaseQueue, to path: String) throws {
    let copy = try DatabaseQueue(path: path)
    // Checked by now, and made durable by the caller: closing has nothing to add.
    defer { try? copy.close() }
    try source.backup(to: copy)
    try copy.writeWithoutTransaction { database in
      // One file, without a log beside it; the relay turns the log on again.
      try database.execute(sql: "PRAGMA journal_mode = DELETE")
      guard try String.fetchAll(database, sql: "PRAGMA quick_check") == ["ok"] else { throw StoreError.damaged }
    }
  }

  private static func makeDurable(_ path: String) throws {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw StoreError.unavailable }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw StoreError.unavailable }
  }

  private static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}
