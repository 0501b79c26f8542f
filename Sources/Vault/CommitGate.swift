/// Looks at every commit of a vault, and may stop it: how tests crash a node at each of its commit points.
package protocol CommitGate: Sendable {
  /// Called inside write transaction `number`, directly before its COMMIT. A throw rolls it back.
  ///
  /// - Parameter number: write transactions since the vault was opened, from 1. Those that failed count too.
  func willCommit(_ number: Int) throws
  /// Called after write transaction `number` is durable. A throw reaches the caller, the transaction stands.
  func didCommit(_ number: Int) throws
  /// Called after each step of an erasure is durable. A throw ends the erasure there.
  func erasureReached(_ step: ErasureStep) throws
}

extension CommitGate {
  package func erasureReached(_ step: ErasureStep) throws {}
}

/// The durable steps of an erasure, in their order (C13). The transaction itself has `willCommit` and `didCommit`.
package enum ErasureStep: CaseIterable, Hashable, Sendable {
  /// The new root is in the other slot of `erasure.key`. The old generation still holds.
  case rootStored
  /// The transaction is durable and the write-ahead log is empty.
  case logTruncated
  /// The slot of the old root is overwritten.
  case oldRootWiped
}
