import Ambient
import GRDB
import RelayCore
import Synchronization

/// The store's ``ExpiryClock`` with its two clocks. What was trusted is written with every sweep.
final class ExpiryTime: WallClock {
  private let wall: any WallClock
  private let steady: any SteadyClock
  private let clock: Mutex<ExpiryClock>

  /// Goes on from what an earlier process wrote.
  init(_ database: StoreDatabase, wall: any WallClock, steady: any SteadyClock) throws {
    self.wall = wall
    self.steady = steady
    let trusted = try database.pool.read { try Self.kept($0) }
    clock = Mutex(ExpiryClock(trusted: trusted?.seconds, wall: wall.now().seconds, steady: steady.now()))
  }

  /// What was last written; nil in a new store.
  static func kept(_ database: Database) throws -> WallTime? {
    try database.firstRow("SELECT trusted FROM expiry_clock WHERE row = 1").map { WallTime(seconds: try $0.integer(0)) }
  }

  /// The time by which envelopes have expired now.
  func now() -> WallTime {
    let (wall, steady) = (wall.now().seconds, steady.now())
    return WallTime(seconds: clock.withLock { $0.time(wall: wall, steady: steady) })
  }

  /// Writes the time as trusted, inside a sweep's transaction.
  func advance(_ database: Database) throws {
    let (wall, steady) = (wall.now().seconds, steady.now())
    let trusted = clock.withLock { clock in
      clock.advance(wall: wall, steady: steady)
      return clock.trusted
    }
    try Self.keep(seconds: trusted, database)
  }

  /// Trusts the wall clock as it is, on an operator's word.
  func trustWallClock(_ database: Database) throws {
    let (wall, steady) = (wall.now().seconds, steady.now())
    clock.withLock { $0 = ExpiryClock(trusted: wall, wall: wall, steady: steady) }
    try Self.keep(seconds: wall, database)
  }

  private static func keep(seconds: Int64, _ database: Database) throws {
    try database.run(
      """
      INSERT INTO expiry_clock(row, trusted) VALUES (1, ?) ON CONFLICT(row) DO UPDATE SET trusted = excluded.trusted
      WHERE trusted <> excluded.trusted
      """, seconds.databaseValue)
  }
}
