package import FoundationEssentials
import ByteLayout

/// The envelope is durable at the relay (R1). Says nothing about the mailbox: no seq, no head.
package struct StoredReceipt: Hashable, Sendable {
  package let envelopeID: EnvelopeID
  /// Unix seconds; 0 for an ephemeral envelope, which was accepted and not stored.
  package let storedAt: UInt64
  /// C8, 142 … 398 bytes; empty for an ephemeral envelope. Not verified here.
  package let proof: Data
  /// The epoch of the mailbox's log (C7), not proved: a higher one than before says that the relay was rolled back. 0 where
  /// nothing is stored, and from a relay that does not tell it.
  package let epoch: UInt32

  package init(envelopeID: EnvelopeID, storedAt: UInt64, proof: Data = Data(), epoch: UInt32 = 0) {
    self.envelopeID = envelopeID
    self.storedAt = storedAt
    self.proof = proof
    self.epoch = epoch
  }

  init(_ message: Sotto_Relay_V1_StoredReceipt) throws(WireError) {
    guard message.proof.count <= 398 else { throw .wrongByteCount(field: "proof", actual: message.proof.count) }
    self.init(
      envelopeID: try EnvelopeID(message.envelopeID), storedAt: try counter(message.storedAt, field: "stored_at"),
      proof: message.proof, epoch: message.epoch)
  }

  var message: Sotto_Relay_V1_StoredReceipt {
    var message = Sotto_Relay_V1_StoredReceipt()
    message.envelopeID = envelopeID.bytes.data
    message.storedAt = storedAt
    message.proof = proof
    message.epoch = epoch
    return message
  }
}

/// What became of one put of a batch.
package enum PutResult: Hashable, Sendable {
  case stored(StoredReceipt)
  case refused(RelayRefusal)

  init(_ message: Sotto_Relay_V1_PutResult) throws(WireError) {
    switch message.result {
    case .stored(let receipt): self = .stored(try StoredReceipt(receipt))
    case .refusal(let refusal): self = .refused(try RelayRefusal(refusal))
    case nil: throw .missing(field: "result")
    }
  }

  var message: Sotto_Relay_V1_PutResult {
    var message = Sotto_Relay_V1_PutResult()
    switch self {
    case .stored(let receipt): message.stored = receipt.message
    case .refused(let refusal): message.refusal = refusal.message
    }
    return message
  }
}

/// The sealed items that a first contact needs (C6).
package struct BundleReply: Hashable, Sendable {
  package let lists: SealedItem
  package let bundle: SealedItem
  /// nil: none is left; suite 1 goes on with opkId 0.
  package let oneTime: SealedItem?

  /// - Throws: ``WireError/outOfRange(field:)`` for an item of the wrong kind.
  package init(lists: SealedItem, bundle: SealedItem, oneTime: SealedItem?) throws(WireError) {
    guard lists.kind == .lists else { throw .outOfRange(field: "lists") }
    guard bundle.kind == .bundle else { throw .outOfRange(field: "bundle") }
    guard oneTime?.kind ?? .oneTime == .oneTime else { throw .outOfRange(field: "one_time") }
    self.lists = lists
    self.bundle = bundle
    self.oneTime = oneTime
  }

  init(_ message: Sotto_Relay_V1_BundleReply) throws(WireError) {
    try self.init(
      lists: SealedItem(.lists, message.lists), bundle: SealedItem(.bundle, message.bundle),
      oneTime: message.oneTime.isEmpty ? nil : SealedItem(.oneTime, message.oneTime))
  }

  var message: Sotto_Relay_V1_BundleReply {
    var message = Sotto_Relay_V1_BundleReply()
    message.lists = lists.data
    message.bundle = bundle.data
    message.oneTime = oneTime?.data ?? Data()
    return message
  }
}

/// An ephemeral envelope on its way to a connected owner (R11).
package struct EphemeralDelivery: Hashable, Sendable {
  package let mailbox: MailboxID
  package let envelopeID: EnvelopeID
  package let envelope: Envelope

  package init(mailbox: MailboxID, envelopeID: EnvelopeID, envelope: Envelope) {
    self.mailbox = mailbox
    self.envelopeID = envelopeID
    self.envelope = envelope
  }

  init(_ message: Sotto_Relay_V1_EphemeralDelivery) throws(WireError) {
    try self.init(
      mailbox: MailboxID(message.mailbox), envelopeID: EnvelopeID(message.envelopeID),
      envelope: Envelope(message.envelope))
  }

  var message: Sotto_Relay_V1_EphemeralDelivery {
    var message = Sotto_Relay_V1_EphemeralDelivery()
    message.mailbox = mailbox.bytes.data
    message.envelopeID = envelopeID.bytes.data
    message.envelope = envelope.data
    return message
  }
}
