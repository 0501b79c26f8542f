import Ambient
import ByteLayout
import FoundationEssentials
import Glibc
import RelayCore
import RelayStore
import RelaySupport
import RelayWire
import Synchronization
import TestSupport

/// A data directory that goes away with the test, a clock that stands still, and the store over both.
final class StoreFixture: Sendable {
  static let start = WallTime(seconds: 1_790_000_000)

  let directory: String
  let key: TestRelayKey
  let clock = ManualClock(start)
  /// Keeps pace with ``clock``: time passes, nobody sets the clock. Tests of jumps use ``OwnPace``.
  let steady: any SteadyClock
  private let store = Mutex<SQLiteMailboxStore?>(nil)

  init(tuning: StoreTuning = StoreTuning(), steady: (any SteadyClock)? = nil) throws {
    key = try TestRelayKey()
    self.steady = steady ?? SamePace(clock: clock)
    directory = "/tmp/sotto-relay-store-\(getpid())-\(UInt64.random(in: 0 ... .max))"
    try open(tuning)
  }

  deinit { try? FileManager.default.removeItem(atPath: directory) }

  func open(_ tuning: StoreTuning = StoreTuning()) throws {
    let opened = try SQLiteMailboxStore(
      directory: directory, signer: key, clock: clock, steadyClock: steady, tuning: tuning)
    store.withLock { $0 = opened }
  }

  /// The store as its protocol, which is all that the conformance tests know.
  var mailboxStore: any MailboxStore {
    get throws { try sqlite }
  }

  var sqlite: SQLiteMailboxStore {
    get throws {
      guard let store = store.withLock({ $0 }) else { throw StoreError.unavailable }
      return store
    }
  }

  /// Shuts down and opens an old copy of the files, as a restored backup would be.
  func replaceFiles(by copy: Data) async throws {
    let old = try sqlite
    await withCheckedContinuation { done in old.shutDown { done.resume() } }
    store.withLock { $0 = nil }
    for suffix in ["-wal", "-shm"] {
      // Usually gone already.
      try? FileManager.default.removeItem(atPath: directory + "/relay.sqlite" + suffix)
    }
    try copy.write(to: URL(filePath: directory + "/relay.sqlite"))
    try open()
  }

  /// Shuts down and opens the same files again.
  func reopen(_ tuning: StoreTuning = StoreTuning()) async throws {
    let old = try sqlite
    await withCheckedContinuation { done in old.shutDown { done.resume() } }
    store.withLock { $0 = nil }
    try open(tuning)
  }
}

/// A steady clock that goes on whenever the wall clock is turned on.
struct SamePace: SteadyClock {
  let clock: ManualClock

  func now() -> Duration { .milliseconds(clock.now().milliseconds) }
}

/// A steady clock that is turned apart from the wall clock.
final class OwnPace: SteadyClock {
  private let elapsed = Mutex(Duration.zero)

  func now() -> Duration { elapsed.withLock { $0 } }
  func advance(by duration: Duration) { elapsed.withLock { $0 += duration } }
}

func fixed<let count: Int>(_ byte: UInt8) -> FixedBytes<count> {
  var value = FixedBytes<count>()
  for index in 0..<count { value[index] = byte }
  return value
}

/// A 16-byte value that differs for every number.
func numbered(_ number: Int) -> FixedBytes<16> {
  var value = FixedBytes<16>()
  for index in 0..<8 { value[index] = UInt8(truncatingIfNeeded: number >> (8 * index)) }
  value[15] = 0xEE
  return value
}

/// What callers say to a store, awaited.
extension MailboxStore {
  func open(
    _ mailbox: MailboxID, _ presented: Fence = .unopened, next: FenceNonce, checkpoint: SignedCheckpoint? = nil
  ) async throws -> OpenOutcome {
    try await result {
      open(mailbox, presented: presented, nextNonce: next, checkpoint: checkpoint, completion: $0)
    }
  }

  func put(_ puts: [PutCommand]) async throws -> [PutOutcome] { try await answers(puts).map(\.outcome) }

  /// The outcomes with their proofs.
  func answers(_ puts: [PutCommand]) async throws -> [PutAnswer] { try await result { put(puts, completion: $0) } }

  func put(_ command: PutCommand) async throws -> PutOutcome { try await put([command])[0] }

  func setAdmission(_ change: AdmissionChange) async throws {
    try await result { setAdmission(change, completion: $0) }
  }

  func acknowledge(_ mailbox: MailboxID, upTo: UInt64, seqs: [UInt64] = []) async throws {
    let command = try AcknowledgeCommand(mailbox: mailbox, upTo: upTo, seqs: seqs)
    try await result { acknowledge(command, completion: $0) }
  }

  func publish(_ command: PublishCommand) async throws -> UInt32 {
    try await result { publish(command, completion: $0) }
  }

  func fetchBundle(_ mailbox: MailboxID, _ tag: AdmissionTag) async throws -> BundleOutcome {
    try await result { fetchBundle(FetchBundleCommand(mailbox: mailbox, tag: tag), completion: $0) }
  }

  func page(
    _ mailbox: MailboxID, after: UInt64, limit: Int = 500, byteLimit: Int = WireLimits.maximumPageByteCount
  ) async throws -> MailboxPage {
    try await result { page(mailbox, after: after, limit: limit, byteLimit: byteLimit, completion: $0) }
  }

  func retract(_ put: PutCommand, _ token: DeletionToken) async throws {
    let command = RetractCommand(mailbox: put.mailbox, envelopeID: put.envelopeID, token: token)
    try await result { retract(command, completion: $0) }
  }

  func admitBlob(_ command: CreateBlobCommand) async throws -> BlobAdmission {
    try await result { admitBlob(command, completion: $0) }
  }

  func isCollected(_ tokens: CollectedToken...) async throws -> [Bool] {
    let command = try ReceiptStatusCommand(tokens: tokens)
    return try await result { receiptStatus(command, completion: $0) }
  }

  func close(_ mailbox: MailboxID) async throws { try await result { closeMailbox(mailbox, completion: $0) } }

  /// Also waits for all other lazy work, which comes first.
  func removeExpired() async throws { try await result { removeExpired(completion: $0) } }

  func oneTimeLeft(_ mailbox: MailboxID) async throws -> UInt32 {
    try await result { oneTimeLeft(mailbox, completion: $0) }
  }

  private func result<Value: Sendable>(_ start: (@escaping Completion<Value>) -> Void) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      start { continuation.resume(with: $0.mapError { $0 as any Error }) }
    }
  }
}

/// An open mailbox with a tag that admits to everything today, without limit.
struct OpenMailbox {
  let mailbox: MailboxID
  let tag = AdmissionTag(fixed(0x66))

  /// One that is open already.
  init(_ mailbox: MailboxID) { self.mailbox = mailbox }

  init(_ store: any MailboxStore, _ byte: UInt8 = 0x33, uses: UInt16 = 0) async throws {
    mailbox = MailboxID(fixed(byte))
    _ = try await store.open(mailbox, next: FenceNonce(fixed(1)))
    try await store.setAdmission(try AdmissionChange(mailbox: mailbox, add: [entry(uses: uses)]))
  }

  func entry(
    tag: AdmissionTag? = nil, from: UInt32 = StoreFixture.start.day, until: UInt32 = StoreFixture.start.day + 40,
    uses: UInt16 = 0, rights: AdmissionRights = [.put, .bundle]
  ) throws -> AdmissionEntry {
    try AdmissionEntry(
      hash: AdmissionRules.hash(mailbox: mailbox, tag: tag ?? self.tag), fromDay: from, untilDay: until, uses: uses,
      admissionClass: .contact, rights: rights)
  }

  /// The `number`th envelope for this mailbox: each has another id and other bytes.
  func envelope(
    _ number: Int, byteCount: Int = 1_024, tag: AdmissionTag? = nil, retention: Retention = .week,
    content: UInt8? = nil, isEphemeral: Bool = false
  ) throws -> PutCommand {
    PutCommand(
      mailbox: mailbox, envelopeID: EnvelopeID(numbered(number)), tag: tag ?? self.tag,
      envelope: try Envelope([UInt8](repeating: content ?? UInt8(truncatingIfNeeded: number), count: byteCount)),
      retention: retention, deletionHash: DeletionHash(fixed(0x55)), isEphemeral: isEphemeral)
  }
}

extension MailboxPage {
  var seqs: [UInt64] { items.map(\.seq) }

  /// The envelopes, without gaps.
  var envelopes: [StoredEnvelope] {
    items.compactMap { item in
      if case .envelope(let envelope) = item { return envelope }
      return nil
    }
  }
}

extension OpenOutcome {
  var reply: OpenReply? {
    if case .opened(let reply, _) = self { return reply }
    return nil
  }
}
