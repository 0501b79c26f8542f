import ByteLayout
package import RelayWire
import Verification

/// The hashes by which a relay knows a sender's tokens (C10). It stores the hashes and is shown the tokens.
package enum SenderTokens {
  /// H("Sotto_DeletionHash_v1", token)[0..16].
  package static func hash(_ token: DeletionToken) -> DeletionHash {
    DeletionHash(ContentHash.labelled(DeletionHash.label, token.bytes.array).prefix())
  }

  /// H("Sotto_CollectedHash_v1", token)[0..16].
  package static func hash(_ token: CollectedToken) -> CollectedHash {
    CollectedHash(ContentHash.labelled(CollectedHash.label, token.bytes.array).prefix())
  }
}

/// When a sender may hear that an envelope was collected (R13).
package enum CollectedRules {
  /// A quarter of an hour.
  package static let grid: UInt64 = 900

  /// The next full quarter of an hour after `seconds`, which is when every collection before it becomes visible.
  ///
  /// Never `seconds` itself: so the moment of a collection shows in no answer.
  package static func visible(from seconds: UInt64) -> UInt64 { (seconds / grid + 1) * grid }
}
