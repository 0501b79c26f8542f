/// The limits that both sides keep (Protocol R12 and the comments of `relay.proto`).
package enum WireLimits {
  /// One frame, both ways: 1 MiB.
  package static let maximumFrameByteCount = 1 << 20
  /// Puts in one `PutBatch`: one group of the store.
  package static let maximumPuts = 64
  /// Tokens in one `ReceiptStatus`.
  package static let maximumReceiptTokens = 64
  /// Envelopes and gaps that one `Fetch` may ask for.
  package static let maximumPageItems = 500
  /// What the items of one page may take, so that the frame around them stays below 1 MiB.
  package static let maximumPageByteCount = maximumFrameByteCount - 4_096
  /// What an envelope's or a gap's own fields take beside its bytes, at most.
  package static let pageItemOverhead = 96
  /// Entries added and removed by one `SetAdmission`.
  package static let maximumAdmissionEntries = 4_096
  /// One-time prekeys in one part of a `Publish`: ten times what a device keeps published.
  package static let maximumOneTimeItems = 1_000
  /// Sequence numbers named one by one in one `Acknowledge`.
  package static let maximumAcknowledgedSeqs = 4_096
  /// How long a `Fetch` may wait.
  package static let maximumWaitMilliseconds: UInt32 = 30_000
  /// The text of a refusal, in bytes of UTF-8.
  package static let maximumExplanationByteCount = 1_024
  /// Sequence numbers and generations stay below 2⁶³, so that every store can keep them as signed numbers.
  package static let maximumCounter = UInt64(Int64.max) - 1
}
