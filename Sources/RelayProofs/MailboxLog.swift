package import ByteLayout
import FoundationEssentials
package import RelayWire
import Verification

/// The hash chain over a mailbox's envelopes (C7). Computes; keeps nothing and signs nothing.
package enum MailboxLog {
  /// The epoch of a mailbox whose relay was never rolled back.
  package static let firstEpoch: UInt32 = 1

  /// BLAKE2b-256 of an envelope.
  package static func hash(_ envelope: Envelope) -> EnvelopeHash {
    EnvelopeHash(ContentHash.blake2b256(envelope.data.bytes))
  }

  /// The head of an epoch before its first envelope:
  /// H("Sotto_LogStart_v1", relayKey ‖ mailbox ‖ epoch u32 ‖ last seq before u64 ‖ last head before(32) or Z(32)).
  package static func start(
    relayKey: RelayKey, mailbox: MailboxID, epoch: UInt32 = firstEpoch, lastSeq: UInt64 = 0,
    lastHead: FixedBytes<32> = FixedBytes()
  ) -> FixedBytes<32> {
    var writer = LayoutWriter(capacity: 108)
    writer.append(relayKey.bytes)
    writer.append(mailbox.bytes)
    writer.uint32(epoch)
    writer.uint64(lastSeq)
    writer.append(lastHead)
    return ContentHash.labelled(MailboxLogLabel.start, writer.bytes)
  }

  /// The head after one more envelope: H("Sotto_LogNode_v1", head ‖ H("Sotto_LogLeaf_v1", leaf)).
  package static func head(after head: FixedBytes<32>, _ leaf: LogLeaf) -> FixedBytes<32> {
    var writer = LayoutWriter(capacity: 64)
    writer.append(head)
    writer.append(ContentHash.labelled(MailboxLogLabel.leaf, leaf.bytes))
    return ContentHash.labelled(MailboxLogLabel.node, writer.bytes)
  }
}
