package import FoundationEssentials
package import RelayWire

/// How a mailbox's opening ended at the fence (Protocol §6).
package enum OpenOutcome: Hashable, Sendable {
  /// Open. When `endsOthers` is true the proposal was accepted, now or earlier: every other owner connection of
  /// this mailbox ends with `FencedOut`.
  case opened(OpenReply, endsOthers: Bool)
  /// The presented (generation, nonce) is not the one in force: a copy.
  case fenced
  /// The relay does not know the mailbox and makes none.
  case notRegistered(RegistrationRefusal)
}

/// What became of one put. Only ``stored(storedAt:seq:)`` knows a sequence number, and it goes to the owner, never to
/// the sender (R1).
package enum PutOutcome: Hashable, Sendable {
  /// Durable now, for the first time; wake the mailbox's owner.
  case stored(storedAt: UInt64, seq: UInt64)
  /// Durable since then: the same envelope was put before (R3).
  case repeated(storedAt: UInt64)
  /// An ephemeral envelope that is admitted: give it to a connected owner or drop it (R11).
  case acceptedEphemeral
  /// The same envelope id with other bytes.
  case conflict
  /// Unknown mailbox, unknown tag, spent, out of days, no such right: alike (R9).
  case notAdmitted
  /// Admitted, but this much more has no room: whose share is full is not told (R12).
  case overQuota
  /// Admitted as a request, but without the work that the relay asks for (C15).
  case workNeeded(bits: UInt32)
}

/// What became of one put, with the proof for its receipt.
package struct PutAnswer: Hashable, Sendable {
  package let outcome: PutOutcome
  /// C8, 142 … 398 bytes, for what is stored, now or earlier; else empty. Also empty if the relay could not sign: the
  /// sender takes such a receipt for no answer and puts again.
  package let proof: Data
  /// The mailbox's epoch (C7), for what is stored, now or earlier; else 0.
  package let epoch: UInt32

  package init(outcome: PutOutcome, proof: Data = Data(), epoch: UInt32 = 0) {
    self.outcome = outcome
    self.proof = proof
    self.epoch = epoch
  }
}

/// What became of a request for a bundle.
package enum BundleOutcome: Hashable, Sendable {
  /// Handed out; the one-time item in it is gone from the store (R10).
  case handedOut(BundleReply)
  /// As for a put; also when the owner has published nothing yet.
  case notAdmitted
}

/// Whether a sender may leave a file for a mailbox.
package enum BlobAdmission: Hashable, Sendable {
  /// By this entry, whose use is counted.
  case admitted(entry: AdmissionHash)
  /// As for a put.
  case notAdmitted
}

/// Called once with what became of a write or a read, on a thread of the store's own.
package typealias StoreCompletion<Value> = @Sendable (Result<Value, StoreError>) -> Void

/// Everything that a relay keeps. One protocol, one conformance suite, more than one store (Protocol §2).
///
/// Writes are durable when their completion is called with success, not earlier: a receipt may leave then (R1).
/// Writes are done, and their completions called one after the other, in the order in which they were given: so the
/// server's list of who has a mailbox open, if it is changed in the completion of ``open(_:presented:nextNonce:checkpoint:registration:completion:)``,
/// follows the fence. Completions come on threads of the store's own and must not block them. Reads do not wait for
/// writes, and see every write whose completion was called before the read was given.
package protocol MailboxStore: Sendable {
  typealias Completion<Value> = StoreCompletion<Value>

  /// Passes or moves the fence; the first opening creates the mailbox. The owner's signature was verified before.
  ///
  /// `checkpoint` is judged first, its signature included (``EpochRules``): one that this store does not have starts a
  /// new epoch behind it, in which the presented fence is in force and nothing that still waits is lost.
  /// A mailbox that is made costs a use of `registration`, where the relay asks for one.
  func open(
    _ mailbox: MailboxID, presented: Fence, nextNonce: FenceNonce, checkpoint: SignedCheckpoint?,
    registration: RegistrationToken?, completion: @escaping Completion<OpenOutcome>)

  /// Removes and adds admission entries in one transaction.
  func setAdmission(_ change: AdmissionChange, completion: @escaping Completion<Void>)

  /// Stores one to 64 envelopes, each judged for itself; the answers have the order of the puts.
  func put(_ puts: [PutCommand], completion: @escaping Completion<[PutAnswer]>)

  /// Moves the mailbox's cursor. Nothing above the head is acknowledged; what is acknowledged already stays so.
  func acknowledge(_ command: AcknowledgeCommand, completion: @escaping Completion<Void>)

  /// Replaces or adds published items, and tells how many one-time items are left.
  func publish(_ command: PublishCommand, completion: @escaping Completion<UInt32>)

  /// Hands out lists, bundle and at most one one-time item, which is gone for good before the completion is called.
  func fetchBundle(_ command: FetchBundleCommand, completion: @escaping Completion<BundleOutcome>)

  /// Judges a tag for a file (C11), which is kept elsewhere.
  func admitBlob(_ command: CreateBlobCommand, completion: @escaping Completion<BlobAdmission>)

  /// Takes an envelope back if the token is its own and it is not acknowledged; completes alike if not (R1).
  func retract(_ command: RetractCommand, completion: @escaping Completion<Void>)

  /// Which of the tokens stand for envelopes whose collection may be told by now, in their order (R13).
  func receiptStatus(_ command: ReceiptStatusCommand, completion: @escaping Completion<[Bool]>)

  /// Deletes the mailbox and everything in it.
  func closeMailbox(_ mailbox: MailboxID, completion: @escaping Completion<Void>)

  /// Reads a page: at most `limit` items and at most `byteLimit` bytes by ``MailboxItem/byteCount``, but at least one
  /// item if there is any.
  func page(
    _ mailbox: MailboxID, after: UInt64, limit: Int, byteLimit: Int, completion: @escaping Completion<MailboxPage>)

  /// How many one-time items are left.
  func oneTimeLeft(_ mailbox: MailboxID, completion: @escaping Completion<UInt32>)

  /// Removes what has expired, in small batches behind the writes, and completes when nothing expired is left. The
  /// server calls it every minute; a page shows an expired envelope as a gap even before.
  func removeExpired(completion: @escaping Completion<Void>)

  /// Finishes what was given, refuses what comes later with ``StoreError/unavailable``, closes the files, then completes.
  func shutDown(completion: @escaping @Sendable () -> Void)
}

extension MailboxStore {
  /// Reads a page that fits into one frame.
  package func page(
    _ mailbox: MailboxID, after: UInt64, limit: Int = WireLimits.maximumPageItems,
    completion: @escaping Completion<MailboxPage>
  ) {
    page(mailbox, after: after, limit: limit, byteLimit: WireLimits.maximumPageByteCount, completion: completion)
  }
}

extension MailboxStore {
  /// Opens without a registration token.
  package func open(
    _ mailbox: MailboxID, presented: Fence, nextNonce: FenceNonce, checkpoint: SignedCheckpoint?,
    completion: @escaping Completion<OpenOutcome>
  ) {
    open(
      mailbox, presented: presented, nextNonce: nextNonce, checkpoint: checkpoint, registration: nil,
      completion: completion)
  }
}
