import ByteLayout
import FoundationEssentials

/// One envelope as its owner gets it.
package struct StoredEnvelope: Hashable, Sendable {
  /// From 1.
  package let seq: UInt64
  package let envelopeID: EnvelopeID
  package let envelope: Envelope
  /// Unix seconds.
  package let storedAt: UInt64
  /// Unix seconds.
  package let expiresAt: UInt64
  package let deletionHash: DeletionHash

  package init(
    seq: UInt64, envelopeID: EnvelopeID, envelope: Envelope, storedAt: UInt64, expiresAt: UInt64,
    deletionHash: DeletionHash
  ) {
    self.seq = seq
    self.envelopeID = envelopeID
    self.envelope = envelope
    self.storedAt = storedAt
    self.expiresAt = expiresAt
    self.deletionHash = deletionHash
  }

  /// What the log says about this envelope (C7), once the caller has hashed it with BLAKE2b-256.
  package func leaf(envelopeHash: EnvelopeHash) -> LogLeaf {
    LogLeaf(
      seq: seq, envelopeID: envelopeID, envelopeHash: envelopeHash, storedAt: storedAt, expiresAt: expiresAt,
      deletionHash: deletionHash)
  }

  init(_ message: Sotto_Relay_V1_StoredEnvelope) throws(WireError) {
    guard message.seq >= 1 else { throw .outOfRange(field: "seq") }
    try self.init(
      seq: counter(message.seq, field: "seq"), envelopeID: EnvelopeID(message.envelopeID),
      envelope: Envelope(message.envelope), storedAt: counter(message.storedAt, field: "stored_at"),
      expiresAt: counter(message.expiresAt, field: "expires_at"),
      deletionHash: DeletionHash(FixedBytes<16>(message.deletionHash, field: "deletion_hash")))
  }

  var message: Sotto_Relay_V1_StoredEnvelope {
    var message = Sotto_Relay_V1_StoredEnvelope()
    message.seq = seq
    message.envelopeID = envelopeID.bytes.data
    message.envelope = envelope.data
    message.storedAt = storedAt
    message.expiresAt = expiresAt
    message.deletionHash = deletionHash.bytes.data
    return message
  }
}

/// One place in a mailbox's log.
package enum MailboxItem: Hashable, Sendable {
  case envelope(StoredEnvelope)
  case gap(LogGap)

  package var seq: UInt64 {
    switch self {
    case .envelope(let envelope): envelope.seq
    case .gap(let gap): gap.leaf.seq
    }
  }

  /// What it takes in a frame, at most.
  package var byteCount: Int {
    switch self {
    case .envelope(let envelope): envelope.envelope.data.count + WireLimits.pageItemOverhead
    case .gap: LogLeaf.byteCount + 17 + WireLimits.pageItemOverhead
    }
  }

  init(_ message: Sotto_Relay_V1_PageItem) throws(WireError) {
    switch message.item {
    case .envelope(let envelope): self = .envelope(try StoredEnvelope(envelope))
    case .gap(let data):
      do throws(LayoutError) { self = .gap(try LogGap([UInt8](data))) } catch { throw .outOfRange(field: "gap") }
    case nil: throw .missing(field: "item")
    }
  }

  var message: Sotto_Relay_V1_PageItem {
    var message = Sotto_Relay_V1_PageItem()
    switch self {
    case .envelope(let envelope): message.envelope = envelope.message
    case .gap(let gap): message.gap = Data(gap.bytes)
    }
    return message
  }
}
