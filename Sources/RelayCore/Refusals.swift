package import RelayWire

/// The relay's refusals, each with the one text that it always has. None names a mailbox, a tag or a size of anyone's.
extension RelayRefusal {
  package static let notOpened = RelayRefusal(.notOpened, "Open the mailbox on this connection first.")
  package static let wrongParty = RelayRefusal(
    .wrongParty, "One connection is an owner's or a sender's, never both: use another one.")
  package static let unauthenticated = RelayRefusal(.unauthenticated, "The signature is not the mailbox key's.")
  package static let fenced = RelayRefusal(
    .fenced, "Another copy of this vault has opened the mailbox since this one did.")
  package static let tooManyMailboxes = RelayRefusal(.overQuota, "Too many mailboxes are open on this connection.")
  package static let notAdmitted = RelayRefusal(.notAdmitted, "Not admitted.")
  package static let conflict = RelayRefusal(.conflict, "Another envelope has this id.")
  /// The same for the mailbox, a class and an entry: how full anything is stays with the relay (R1).
  package static let overQuota = RelayRefusal(
    .overQuota, "There is no room for this now.", retryAfterSeconds: 900)
  package static let fileTooLarge = RelayRefusal(.tooLarge, "This relay does not take files of this size.")
  package static let unavailable = RelayRefusal(
    .unavailable, "The relay cannot store anything now.", retryAfterSeconds: 5)

  package static let registrationClosed = RelayRefusal(
    .registrationClosed, "This relay takes no new mailboxes.")
  package static let registrationToken = RelayRefusal(
    .registrationToken,
    "A new mailbox needs a registration token of this relay's operator; this is none, or it is used up.")

  package static let registrationUnreadable = RelayRefusal(
    .unavailable, "The relay cannot read its registration tokens now.", retryAfterSeconds: 60)

  package init(_ refusal: RegistrationRefusal) {
    switch refusal {
    case .closed: self = .registrationClosed
    case .token: self = .registrationToken
    case .unreadable: self = .registrationUnreadable
    }
  }

  /// So much work is missing (C15). No waiting: the same envelope with the work is taken at once.
  package static func workNeeded(bits: UInt32) -> RelayRefusal {
    RelayRefusal(.workNeeded, "Envelopes of strangers need a proof of work here.", workBits: bits)
  }

  /// Too often; `delay` is when it would have passed, told in whole seconds.
  package static func rateLimited(_ delay: Duration) -> RelayRefusal {
    let (seconds, attoseconds) = delay.components
    return RelayRefusal(
      .rateLimited, "Too many requests.",
      retryAfterSeconds: UInt32(clamping: max(1, attoseconds > 0 ? seconds + 1 : seconds)))
  }

  /// A command that is not allowed, or a batch that is too large.
  package static func malformed(_ error: WireError) -> RelayRefusal {
    switch error {
    case .tooMany(let field, let limit, _):
      RelayRefusal(.tooLarge, "Too many items in \(field): at most \(limit) in one frame.")
    case .frameTooLarge: RelayRefusal(.tooLarge, "The frame is too large.")
    case .wrongByteCount(let field, _): RelayRefusal(.malformed, "\(field) has the wrong size.")
    case .outOfRange(let field): RelayRefusal(.malformed, "\(field) has a value that is not allowed.")
    case .missing(let field): RelayRefusal(.malformed, "\(field) is missing.")
    case .notAFrame, .noRequestID, .nothingKnown, .notContiguous:
      RelayRefusal(.malformed, "This is not a command that the relay knows.")
    }
  }

  /// What a client hears of a store's failure.
  package init(_ error: StoreError) {
    switch error {
    case .noSuchMailbox: self = .notOpened
    case .unavailable, .inUse, .damaged, .missing, .otherVersion, .tokensUnreadable: self = .unavailable
    }
  }
}

extension PutResult {
  /// The answer to one put. The sequence number stays here (R1).
  package init(_ answer: PutAnswer, envelopeID: EnvelopeID) {
    switch answer.outcome {
    case .stored(let storedAt, _), .repeated(let storedAt):
      self = .stored(
        StoredReceipt(envelopeID: envelopeID, storedAt: storedAt, proof: answer.proof, epoch: answer.epoch))
    case .acceptedEphemeral: self = .stored(StoredReceipt(envelopeID: envelopeID, storedAt: 0))
    case .conflict: self = .refused(.conflict)
    case .notAdmitted: self = .refused(.notAdmitted)
    case .overQuota: self = .refused(.overQuota)
    case .workNeeded(let bits): self = .refused(.workNeeded(bits: bits))
    }
  }

  /// The answer to a put that came alone.
  package var event: RelayEvent {
    switch self {
    case .stored(let receipt): .storedReceipt(receipt)
    case .refused(let refusal): .refusal(refusal)
    }
  }
}

extension BundleOutcome {
  /// The answer to a `FetchBundle`.
  package var event: RelayEvent {
    switch self {
    case .handedOut(let reply): .bundleReply(reply)
    case .notAdmitted: .refusal(.notAdmitted)
    }
  }
}
