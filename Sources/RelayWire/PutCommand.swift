package import ByteLayout
import FoundationEssentials

/// How long a relay keeps an envelope that nobody collects (Protocol R12).
package enum Retention: UInt32, Hashable, Sendable, CaseIterable {
  case day = 1
  case week = 7
  case month = 30

  package var seconds: UInt64 { UInt64(rawValue) * 86_400 }
}

/// H("Sotto_DeletionHash_v1", deletion token)[0..16] (C10): who shows the token may retract the envelope.
package struct DeletionHash: Hashable, Sendable {
  package let bytes: FixedBytes<16>
  package init(_ bytes: FixedBytes<16>) { self.bytes = bytes }
}

/// H("Sotto_CollectedHash_v1", collected token)[0..16] (C10).
package struct CollectedHash: Hashable, Sendable {
  package let bytes: FixedBytes<16>
  package init(_ bytes: FixedBytes<16>) { self.bytes = bytes }
}

/// Leaves one envelope in a mailbox (C10). Idempotent by (mailbox, envelope id).
package struct PutCommand: Hashable, Sendable {
  package let mailbox: MailboxID
  package let envelopeID: EnvelopeID
  package let tag: AdmissionTag
  package let envelope: Envelope
  package let retention: Retention
  package let deletionHash: DeletionHash
  package let collectedHash: CollectedHash?
  /// To a connected owner or nowhere; never stored (R11).
  package let isEphemeral: Bool
  /// Work for the relay, if it asks for any (C15).
  package let work: ProofOfWork?

  package init(
    mailbox: MailboxID, envelopeID: EnvelopeID, tag: AdmissionTag, envelope: Envelope, retention: Retention,
    deletionHash: DeletionHash, collectedHash: CollectedHash? = nil, isEphemeral: Bool = false,
    work: ProofOfWork? = nil
  ) {
    self.mailbox = mailbox
    self.envelopeID = envelopeID
    self.tag = tag
    self.envelope = envelope
    self.retention = retention
    self.deletionHash = deletionHash
    self.collectedHash = collectedHash
    self.isEphemeral = isEphemeral
    self.work = work
  }

  /// The same put with work.
  package func showing(_ work: ProofOfWork) -> PutCommand {
    PutCommand(
      mailbox: mailbox, envelopeID: envelopeID, tag: tag, envelope: envelope, retention: retention,
      deletionHash: deletionHash, collectedHash: collectedHash, isEphemeral: isEphemeral, work: work)
  }

  init(_ message: Sotto_Relay_V1_Put) throws(WireError) {
    guard let retention = Retention(rawValue: message.ttlDays) else { throw .outOfRange(field: "ttl_days") }
    try self.init(
      mailbox: MailboxID(message.mailbox), envelopeID: EnvelopeID(message.envelopeID),
      tag: AdmissionTag(message.tag), envelope: Envelope(message.envelope), retention: retention,
      deletionHash: DeletionHash(FixedBytes<16>(message.deletionHash, field: "deletion_hash")),
      collectedHash: message.collectedHash.isEmpty
        ? nil : CollectedHash(FixedBytes<16>(message.collectedHash, field: "collected_hash")),
      isEphemeral: message.ephemeral, work: message.work.isEmpty ? nil : ProofOfWork(message.work))
  }

  var message: Sotto_Relay_V1_Put {
    var message = Sotto_Relay_V1_Put()
    message.mailbox = mailbox.bytes.data
    message.envelopeID = envelopeID.bytes.data
    message.tag = tag.bytes.data
    message.envelope = envelope.data
    message.ttlDays = retention.rawValue
    message.deletionHash = deletionHash.bytes.data
    message.collectedHash = collectedHash?.bytes.data ?? Data()
    message.ephemeral = isEphemeral
    if let work { message.work = work.data }
    return message
  }
}

/// Asks for what a first contact needs: lists, bundle and one one-time prekey (C6).
package struct FetchBundleCommand: Hashable, Sendable {
  package let mailbox: MailboxID
  package let tag: AdmissionTag

  package init(mailbox: MailboxID, tag: AdmissionTag) {
    self.mailbox = mailbox
    self.tag = tag
  }

  init(_ message: Sotto_Relay_V1_FetchBundle) throws(WireError) {
    try self.init(mailbox: MailboxID(message.mailbox), tag: AdmissionTag(message.tag))
  }

  var message: Sotto_Relay_V1_FetchBundle {
    var message = Sotto_Relay_V1_FetchBundle()
    message.mailbox = mailbox.bytes.data
    message.tag = tag.bytes.data
    return message
  }
}
