import GRDB
import Glibc
import RelayCore

/// The SQLite connections of one relay: a writer with readers beside it, and one that only checkpoints.
struct StoreDatabase: Sendable {
  let pool: DatabasePool
  let checkpointer: DatabaseQueue

  /// Opens `relay.sqlite` in `directory` (0600), brings its schema up to date and makes every commit durable.
  ///
  /// - Throws: ``StoreError/damaged`` unless WAL is on and the writer's `synchronous` reads 2.
  static func open(directory: String, tuning: StoreTuning) throws -> StoreDatabase {
    let path = path(in: directory)
    let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw StoreError.unavailable }
    Glibc.close(descriptor)

    let pool = try DatabasePool(path: path, configuration: configuration(tuning))
    try RelayMigrations.migrator.migrate(pool)
    try pool.writeWithoutTransaction { database in
      // GRDB sets NORMAL when it turns WAL on, after prepareDatabase: a commit would then not wait for the disk.
      try database.execute(sql: "PRAGMA synchronous = FULL")
      // 16 MiB for the writer, whose indices it meets at random; the readers go through their rows once. Not more: SQLite
      // looks at every page of the cache in a commit that has moved a page in an index, that is in nearly every group.
      try database.execute(sql: "PRAGMA cache_size = -16384")
      // The checkpoints are ours (see WriteAheadLog); an automatic one in a commit would add to its time.
      try database.execute(sql: "PRAGMA wal_autocheckpoint = 0")
      try assertDurable(database)
    }
    var checkpointing = configuration(tuning)
    checkpointing.label = "sotto.relay.checkpoint"
    let checkpointer = try DatabaseQueue(path: path, configuration: checkpointing)
    try checkpointer.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
    return StoreDatabase(pool: pool, checkpointer: checkpointer)
  }

  /// The file of the database.
  static func path(in directory: String) -> String { directory + "/relay.sqlite" }

  /// Refuses to go on unless a commit on this connection is on the disk when it returns.
  static func assertDurable(_ database: Database) throws {
    guard try Int.fetchOne(database, sql: "PRAGMA synchronous") == 2,
      try String.fetchOne(database, sql: "PRAGMA journal_mode") == "wal"
    else { throw StoreError.damaged }
  }

  private static func configuration(_ tuning: StoreTuning) -> Configuration {
    var configuration = Configuration()
    configuration.label = "sotto.relay"
    configuration.prepareDatabase { database in
      // What was acknowledged or expired is overwritten in the file, free pages included, not only unlinked (R8).
      try database.execute(sql: "PRAGMA secure_delete = ON")
      try database.execute(sql: "PRAGMA temp_store = MEMORY")
      // A log that grew behind a slow reader shrinks again to this when it restarts.
      try database.execute(sql: "PRAGMA journal_size_limit = \(tuning.backstopPages * 4_096)")
      if let pages = tuning.maximumPageCount {
        try database.execute(sql: "PRAGMA max_page_count = \(pages)")
      }
    }
    return configuration
  }
}
