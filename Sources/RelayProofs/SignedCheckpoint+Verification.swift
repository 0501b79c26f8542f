import ByteLayout
package import RelayWire
import Verification

extension SignedCheckpoint {
  /// Whether `relayKey` signed this checkpoint of `mailbox` (C7).
  package func isValid(relayKey: RelayKey, mailbox: MailboxID) -> Bool {
    guard checkpoint.relayKey == relayKey, checkpoint.mailbox == mailbox else { return false }
    return VerifyingKey(relayKey.bytes).isValid(
      Signature(signature), label: MailboxLogLabel.checkpoint, body: checkpoint.bytes)
  }
}

extension LogGap {
  /// How far a relay's clock may be ahead of ours before "it expired" stops being an explanation, in seconds (C7).
  package static let clockTolerance: UInt64 = 3_600

  /// Whether the reason holds (C7): the time was over by our clock and its tolerance, or the token is the sender's.
  ///
  /// - Parameter now: our clock, Unix seconds.
  package func isExplained(now: UInt64) -> Bool {
    switch reason {
    case .expired: leaf.expiresAt <= now || leaf.expiresAt - now <= Self.clockTolerance
    case .retracted(let token):
      leaf.deletionHash == DeletionHash(ContentHash.labelled(Self.deletionLabel, token.bytes.array).prefix())
    }
  }

  /// The label of a deletion token's hash (C10).
  private static let deletionLabel = "Sotto_DeletionHash_v1"
}
