import ByteLayout
import FoundationEssentials
import RelayProofs
import RelayWire

/// An envelope of equal bytes, so that files stay short.
struct FilledEnvelope: Codable, Hashable {
  let fill: UInt8
  let byte_count: Int

  func envelope() throws -> Envelope { try Envelope([UInt8](repeating: fill, count: byte_count)) }
}

/// A mailbox's log from its start, or from behind an earlier checkpoint, to a signed checkpoint (C7).
struct MailboxLogCase: VectorCase {
  static let family = "mailbox-log"
  var comment: String
  var expect: Expectation
  let relay_key: HexBytes
  let mailbox: HexBytes
  let epoch: UInt32
  let last_seq: UInt64
  let last_head: HexBytes
  /// The reader's clock, Unix seconds.
  let now: UInt64
  let items: [Item]
  let checkpoint: HexBytes

  struct Item: Codable, Hashable {
    /// Present for an envelope; its leaf's other fields follow.
    var envelope: FilledEnvelope?
    var seq: UInt64?
    var envelope_id: HexBytes?
    var stored_at: UInt64?
    var expires_at: UInt64?
    var deletion_hash: HexBytes?
    /// Present for a gap: all of it.
    var gap: HexBytes?
  }

  func perform() throws {
    let relayKey = RelayKey(try relay_key.fixed())
    let id = MailboxID(try mailbox.fixed())
    var head = MailboxLog.start(
      relayKey: relayKey, mailbox: id, epoch: epoch, lastSeq: last_seq, lastHead: try last_head.fixed())
    var seq = last_seq
    for item in items {
      let leaf = try leaf(item)
      seq += 1
      guard leaf.seq == seq else { throw RelayProofRefusal.mismatch }
      head = MailboxLog.head(after: head, leaf)
    }
    let signed = try SignedCheckpoint(Data(checkpoint.bytes))
    guard signed.isValid(relayKey: relayKey, mailbox: id) else { throw InvalidSignature() }
    let stated = signed.checkpoint
    guard stated.epoch == epoch, stated.seq == seq, stated.head == head else { throw RelayProofRefusal.mismatch }
  }

  private func leaf(_ item: Item) throws -> LogLeaf {
    if let bytes = item.gap {
      let gap = try LogGap(bytes.bytes)
      guard gap.isExplained(now: now) else { throw RelayProofRefusal.refused }
      return gap.leaf
    }
    guard let envelope = item.envelope, let seq = item.seq, let id = item.envelope_id,
      let storedAt = item.stored_at, let expiresAt = item.expires_at, let deletionHash = item.deletion_hash
    else { throw LayoutError.notAllowed(field: "item") }
    return LogLeaf(
      seq: seq, envelopeID: EnvelopeID(try id.fixed()), envelopeHash: MailboxLog.hash(try envelope.envelope()),
      storedAt: storedAt, expiresAt: expiresAt, deletionHash: DeletionHash(try deletionHash.fixed()))
  }
}

/// A stored receipt, held against the put that it answers (C8).
struct StoredReceiptCase: VectorCase {
  static let family = "stored-receipt"
  var comment: String
  var expect: Expectation
  let relay_key: HexBytes
  let mailbox: HexBytes
  let envelope_id: HexBytes
  let envelope: FilledEnvelope
  let stored_at: UInt64
  let proof: HexBytes

  func perform() throws {
    let proof = try StoredReceiptProof(proof.bytes)
    guard
      proof.isValid(
        relayKey: RelayKey(try relay_key.fixed()), mailbox: MailboxID(try mailbox.fixed()),
        envelopeID: EnvelopeID(try envelope_id.fixed()), envelopeHash: MailboxLog.hash(try envelope.envelope()),
        storedAt: stored_at)
    else { throw RelayProofRefusal.refused }
  }
}

/// Why a log or a receipt is not believed.
enum RelayProofRefusal: Error {
  /// The signature is right, over another log than this.
  case mismatch
  /// A gap without a reason, or a receipt that proves nothing.
  case refused
}
