import Ambient
import ByteLayout
import Vault

extension DeviceValue {
  /// Wall clock and steady clock as they were last seen together: milliseconds i64 ‖ milliseconds i64.
  static let clockMark = DeviceValue(rawValue: 21)
}

/// Two clocks at one moment (G5).
struct ClockMark: Hashable, Sendable {
  /// Milliseconds since 1970.
  let wall: Int64
  /// Milliseconds of a clock that nobody sets and that begins again when the machine starts.
  let steady: Int64

  /// How often the mark is renewed while nothing happens.
  static let renewal: Int64 = 60_000
  /// What the two clocks may drift apart before it counts as a step of the wall clock.
  static let tolerance: Int64 = 1_000

  /// How far the wall clock has gone back since this mark, in milliseconds; 0 when it has not.
  ///
  /// A steady clock that is behind the mark belongs to a later start of the machine: then at least the wall clock must not
  /// be behind.
  func setBack(wall now: Int64, steady: Int64) -> Int64 {
    let elapsed = max(0, steady - self.steady)
    let behind = wall + elapsed - now
    return behind > Self.tolerance ? behind : 0
  }
}

extension Messenger {
  /// Looks whether the wall clock went back since it was last looked at, and moves every deadline back by as much: what
  /// was to live ten more minutes does, and not longer. A clock that jumps ahead only ends lives earlier.
  func checkClock() throws {
    let wall = now.milliseconds
    let steady = environment.steadyClock.map { Self.milliseconds($0.now()) } ?? 0
    let mark = try vault.read { transaction in try clockMark(transaction) }
    guard let mark else { return try vault.write { try set(ClockMark(wall: wall, steady: steady), $0) } }
    let back = mark.setBack(wall: wall, steady: steady)
    guard back > 0 || wall - mark.wall > ClockMark.renewal || steady < mark.steady else { return }
    try vault.write { transaction in
      if back > 0 { try transaction.moveDeadlines(earlierBy: (back + 999) / 1_000) }
      try set(ClockMark(wall: wall, steady: steady), transaction)
      try transaction.purgePendingOperations(before: nowSeconds)
      try transaction.forgetTombstones(until: nowSeconds, limit: Self.erasureBatch)
      try transaction.purgeStoredItems(before: nowSeconds)
    }
  }

  private func clockMark(_ transaction: VaultTransaction) throws -> ClockMark? {
    guard let bytes = try transaction.deviceValue(.clockMark) else { return nil }
    var reader = LayoutReader(bytes)
    let mark = ClockMark(
      wall: Int64(bitPattern: try reader.uint64()), steady: Int64(bitPattern: try reader.uint64()))
    try reader.finish()
    return mark
  }

  private func set(_ mark: ClockMark, _ transaction: VaultTransaction) throws {
    var writer = LayoutWriter()
    writer.uint64(UInt64(bitPattern: mark.wall))
    writer.uint64(UInt64(bitPattern: mark.steady))
    try transaction.setDeviceValue(.clockMark, writer.bytes)
  }

  private static func milliseconds(_ duration: Duration) -> Int64 {
    let (seconds, attoseconds) = duration.components
    return seconds * 1_000 + attoseconds / 1_000_000_000_000_000
  }
}
