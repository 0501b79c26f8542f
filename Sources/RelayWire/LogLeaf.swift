package import ByteLayout

/// BLAKE2b-256 of an envelope, 32 bytes (C7).
package struct EnvelopeHash: Hashable, Sendable {
  package let bytes: FixedBytes<32>
  package init(_ bytes: FixedBytes<32>) { self.bytes = bytes }
}

/// The six fields that a mailbox's log says about one envelope (C7), 88 bytes.
package struct LogLeaf: Hashable, Sendable {
  /// The layout's size.
  package static let byteCount = 8 + 16 + 32 + 8 + 8 + 16

  package let seq: UInt64
  package let envelopeID: EnvelopeID
  package let envelopeHash: EnvelopeHash
  /// Unix seconds.
  package let storedAt: UInt64
  /// Unix seconds.
  package let expiresAt: UInt64
  package let deletionHash: DeletionHash

  package init(
    seq: UInt64, envelopeID: EnvelopeID, envelopeHash: EnvelopeHash, storedAt: UInt64, expiresAt: UInt64,
    deletionHash: DeletionHash
  ) {
    self.seq = seq
    self.envelopeID = envelopeID
    self.envelopeHash = envelopeHash
    self.storedAt = storedAt
    self.expiresAt = expiresAt
    self.deletionHash = deletionHash
  }

  /// seq u64 ‖ envelopeId(16) ‖ hash(envelope)(32) ‖ storedAt u64 ‖ expiresAt u64 ‖ deletionHash(16).
  package var bytes: [UInt8] {
    var writer = LayoutWriter(capacity: Self.byteCount)
    writer.uint64(seq)
    writer.append(envelopeID.bytes)
    writer.append(envelopeHash.bytes)
    writer.uint64(storedAt)
    writer.uint64(expiresAt)
    writer.append(deletionHash.bytes)
    return writer.bytes
  }

  /// Takes the 88 bytes of ``bytes``.
  package init(reading reader: inout LayoutReader) throws(LayoutError) {
    seq = try reader.uint64()
    envelopeID = EnvelopeID(try reader.fixed())
    envelopeHash = EnvelopeHash(try reader.fixed())
    storedAt = try reader.uint64()
    expiresAt = try reader.uint64()
    deletionHash = DeletionHash(try reader.fixed())
  }
}

/// The labels under which a mailbox's log is hashed and signed (C7), the same at the relay and at the owner.
package enum MailboxLogLabel {
  package static let leaf = "Sotto_LogLeaf_v1"
  package static let start = "Sotto_LogStart_v1"
  package static let node = "Sotto_LogNode_v1"
  package static let checkpoint = "Sotto_Checkpoint_v1"
}
