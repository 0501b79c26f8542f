import Ambient
import Vault

/// When the write-ahead log is emptied and the index compacted after an erasure.
///
/// The first erasure after a quiet minute leaves no traces when it returns. Those that follow within a minute destroy their
/// keys at once, and their traces go together when that minute is over, or when the vault is closed.
final class ErasureTraces {
  /// How long traces may stay.
  static let seconds: Int64 = 60

  /// When they were last removed, unix seconds.
  var removedAt: Int64?

  /// Whether they may be removed now. A clock that went back counts as a minute that is over.
  func mayBeRemoved(at now: Int64) -> Bool {
    guard let removedAt else { return true }
    return now < removedAt || now >= removedAt + Self.seconds
  }
}

extension Messenger {
  /// Destroys messages (C13).
  func erase(_ ids: [Int64], alongside body: (VaultTransaction) throws -> Void) throws {
    let removesTraces = traces.mayBeRemoved(at: nowSeconds)
    try vault.eraseMessages(ids, removesTraces: removesTraces, alongside: body)
    if removesTraces { traces.removedAt = nowSeconds }
    timedIndex.remove(Set(ids))
  }

  /// Removes what earlier erasures have left, if it is time.
  func removeTracesIfDue() throws {
    guard vault.leavesTraces, traces.mayBeRemoved(at: nowSeconds) else { return }
    try vault.removeTraces()
    traces.removedAt = nowSeconds
  }

  /// When traces are to be removed, nil when there are none.
  func nextTraceRemoval() -> WallTime? {
    guard vault.leavesTraces else { return nil }
    return WallTime(seconds: (traces.removedAt ?? nowSeconds - ErasureTraces.seconds) + ErasureTraces.seconds)
  }
}
