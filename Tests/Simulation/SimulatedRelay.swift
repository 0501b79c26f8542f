import Ambient
import RelayStore
import RelaySupport
import RelayWire
import Synchronization

/// A relay of the simulation: the real rules over the real store, which can be cut off, restarted, filled up, and put
/// back to an old copy.
final class SimulatedRelay {
  let host: String
  let relay: InProcessRelay
  /// Nobody reaches it while this is true.
  var isCutOff = false
  /// How often it was started: what was open at an earlier life is not open any more.
  private(set) var life = 1
  private let disk: SimulatedDisk
  private var copy: String?

  init(number: UInt8, clock: any WallClock) throws {
    host = "127.0.0.1:844\(number)"
    let disk = SimulatedDisk()
    var tuning = StoreTuning()
    tuning.beforeCommit = { try disk.commit() }
    // No timer of the real time decides what is in which commit.
    (tuning.patience, tuning.lazyDelay) = (.zero, .zero)
    self.disk = disk
    relay = try InProcessRelay(number: number, clock: clock, tuning: tuning)
  }

  var isFull: Bool {
    get { disk.isFull }
    set { disk.isFull = newValue }
  }

  func restart() throws {
    try relay.restart()
    life += 1
  }

  /// Keeps a copy of the store, for ``restoreCopy()``.
  func keepCopy() throws { copy = try relay.backup() }

  /// - Returns: whether there was a copy.
  func restoreCopy() throws -> Bool {
    guard let copy else { return false }
    try relay.restore(copy)
    life += 1
    self.copy = nil
    return true
  }
}

/// The disk of a relay: has room, or has none.
private final class SimulatedDisk: Sendable {
  private struct Full: Error {}

  private let full = Mutex(false)

  var isFull: Bool {
    get { full.withLock { $0 } }
    set { full.withLock { $0 = newValue } }
  }

  func commit() throws { if isFull { throw Full() } }
}
