import GRDB
import Glibc
import RelayCore

/// Reads the files of a store that may be in use by a relay, which neither waits for it nor notices.
enum StoreReader {
  /// Opens `relay.sqlite` in `directory` for reading only.
  ///
  /// - Throws: ``StoreError/missing`` if there is none, ``StoreError/damaged`` if it is of a later version.
  static func open(_ directory: String) throws -> DatabaseQueue {
    let path = directory + "/relay.sqlite"
    guard access(path, F_OK) == 0 else { throw StoreError.missing }
    var configuration = Configuration()
    configuration.readonly = true
    configuration.label = "sotto.relay.reader"
    configuration.busyMode = .timeout(5)
    configuration.prepareDatabase { database in try database.execute(sql: "PRAGMA temp_store = MEMORY") }
    let queue = try DatabaseQueue(path: path, configuration: configuration)
    // A store of an earlier version is brought up to date by the relay's next start, not by who reads it.
    guard try queue.read({ try RelayMigrations.migrator.hasCompletedMigrations($0) }) else {
      throw StoreError.otherVersion
    }
    guard try queue.read({ try !RelayMigrations.migrator.hasBeenSuperseded($0) }) else {
      throw StoreError.otherVersion
    }
    return queue
  }
}
