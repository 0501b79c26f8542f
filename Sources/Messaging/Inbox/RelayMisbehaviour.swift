/// What a relay did that no honest relay does, or that shows that it lost something (C7).
package enum RelayMisbehaviour: UInt8, Error, Hashable, Sendable, CaseIterable {
  /// A page ends in a checkpoint without a signature.
  case unsigned = 1
  /// The signature is not the pinned relay key's, or it is over another mailbox.
  case badSignature = 2
  /// The items do not lead from the head that was seen to the head that is signed: reordered, exchanged or left out.
  case brokenChain = 3
  /// An envelope is gone, before its time and without its sender's token.
  case unexplainedGap = 4
  /// The relay shows less than it has shown before, in the same epoch.
  case truncated = 5
  /// Two signed checkpoints of one epoch and seq have different heads. These two prove it to anyone.
  case conflictingCheckpoints = 6
  /// The relay says that its store was rolled back, and goes on in a new epoch. It may have lost envelopes.
  case rolledBack = 7
  /// A page is of an earlier epoch than one that this relay has shown.
  case wrongEpoch = 8
}
