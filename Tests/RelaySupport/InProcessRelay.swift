package import Ambient
import ByteLayout
import Dispatch
import Foundation
import RelayCore
package import RelayStore
package import RelayWire
import Synchronization
import Verification

/// A relay without a network: the real rules over the real SQLite store, called synchronously.
package final class InProcessRelay: Sendable {
  package let key: TestRelayKey
  private let stored: Mutex<SQLiteMailboxStore?>
  private let directory: String
  private let clock: any WallClock
  private let tuning: StoreTuning

  /// - Parameters:
  ///   - number: tells two relays of one test apart.
  ///   - tuning: of the store; its `beforeCommit` is how a test fills the relay's disk.
  package init(number: UInt8 = 1, clock: any WallClock, tuning: StoreTuning = StoreTuning()) throws {
    directory = NSTemporaryDirectory() + "sotto-test-relay-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    key = try TestRelayKey(number)
    self.clock = clock
    self.tuning = tuning
    stored = Mutex(
      try SQLiteMailboxStore(
        directory: directory, signer: key, clock: clock, steadyClock: SamePace(clock: clock), tuning: tuning))
  }

  /// A relay where one sender may let `envelopes` wait in a mailbox.
  package static func spacious(
    number: UInt8, clock: any WallClock, envelopes: UInt64
  ) throws -> InProcessRelay {
    var tuning = StoreTuning()
    // One sender's share is a sixteenth.
    tuning.quota = MailboxQuota(envelopes: envelopes * 32, bytes: envelopes << 21)
    return try InProcessRelay(number: number, clock: clock, tuning: tuning)
  }

  package var relayKey: RelayKey { key.relayKey }

  private var store: SQLiteMailboxStore {
    get throws {
      guard let store = stored.withLock({ $0 }) else { throw StoreError.unavailable }
      return store
    }
  }

  private func shutDown() {
    guard let store = stored.withLock({ $0.take() }) else { return }
    let done = DispatchSemaphore(value: 0)
    store.shutDown { done.signal() }
    done.wait()
  }

  /// A copy of the store's files as they are now, for ``restore(_:)``.
  package func backup() throws -> String {
    shutDown()
    let copy = "\(directory)/copy-\(UUID().uuidString)"
    try FileManager.default.copyItem(atPath: directory + "/relay.sqlite", toPath: copy)
    try start()
    return copy
  }

  /// Puts an old copy of the store in the place of the present one, as a careless operator might.
  package func restore(_ copy: String) throws {
    shutDown()
    for suffix in ["", "-wal", "-shm"] {
      try? FileManager.default.removeItem(atPath: directory + "/relay.sqlite" + suffix)
    }
    try FileManager.default.copyItem(atPath: copy, toPath: directory + "/relay.sqlite")
    try start()
  }

  private func start() throws {
    let store = try SQLiteMailboxStore(
      directory: directory, signer: key, clock: clock, steadyClock: SamePace(clock: clock), tuning: tuning)
    stored.withLock { $0 = store }
  }

  deinit {
    shutDown()
    // The folder is temporary anyway.
    try? FileManager.default.removeItem(atPath: directory)
  }

  /// Ends the store and opens its files again, as a relay does that is restarted.
  package func restart() throws {
    shutDown()
    try start()
  }

  /// A challenge for one connection.
  package var challenge: RelayChallenge {
    RelayChallenge(FixedBytes { $0.storeBytes(of: UInt8.random(in: .min ... .max), as: UInt8.self) })
  }

  package func open(_ command: OpenMailboxCommand, challenge: RelayChallenge) throws -> OpenReply {
    let message = RelayAuthentication.message(
      relayKey: relayKey, challenge: challenge, mailbox: command.mailbox, generation: command.presented.generation,
      nonce: command.presented.nonce, nextNonce: command.nextNonce)
    guard
      VerifyingKey(command.mailbox.bytes).isValid(
        Signature(command.signature), label: RelayAuthentication.label, body: message)
    else { throw RelayRefusal(.unauthenticated, "") }
    let outcome: OpenOutcome = try wait {
      try store.open(
        command.mailbox, presented: command.presented, nextNonce: command.nextNonce, checkpoint: command.checkpoint,
        completion: $0)
    }
    guard case .opened(let reply, _) = outcome else { throw RelayRefusal(.fenced, "") }
    return reply
  }

  package func setAdmission(_ change: AdmissionChange) throws {
    let _: Void = try wait { try store.setAdmission(change, completion: $0) }
  }

  package func publish(_ command: PublishCommand) throws {
    let _: UInt32 = try wait { try store.publish(command, completion: $0) }
  }

  package func acknowledge(_ mailbox: MailboxID, upTo seq: UInt64) throws {
    let command = try AcknowledgeCommand(mailbox: mailbox, upTo: seq)
    let _: Void = try wait { try store.acknowledge(command, completion: $0) }
  }

  package func page(_ mailbox: MailboxID, after: UInt64, limit: Int = 256) throws -> MailboxPage {
    try wait { try store.page(mailbox, after: after, limit: limit, byteLimit: 900_000, completion: $0) }
  }

  /// - Throws: ``RelayRefusal``, as a node would hear it.
  package func put(_ command: PutCommand) throws -> StoredReceipt {
    let answers: [PutAnswer] = try wait { try store.put([command], completion: $0) }
    guard let answer = answers.first else { throw StoreError.unavailable }
    switch PutResult(answer, envelopeID: command.envelopeID) {
    case .stored(let receipt): return receipt
    case .refused(let refusal): throw refusal
    }
  }

  package func fetchBundle(_ command: FetchBundleCommand) throws -> BundleReply {
    let outcome: BundleOutcome = try wait { try store.fetchBundle(command, completion: $0) }
    guard case .handedOut(let reply) = outcome else { throw RelayRefusal(.notAdmitted, "") }
    return reply
  }

  package func retract(_ command: RetractCommand) throws {
    let _: Void = try wait { try store.retract(command, completion: $0) }
  }

  package func oneTimeLeft(_ mailbox: MailboxID) throws -> UInt32 {
    try wait { try store.oneTimeLeft(mailbox, completion: $0) }
  }

  private func wait<Value: Sendable>(
    _ start: (@escaping @Sendable (Result<Value, StoreError>) -> Void) throws -> Void
  ) throws -> Value {
    let done = DispatchSemaphore(value: 0)
    let result = Mutex<Result<Value, StoreError>?>(nil)
    try start { value in
      result.withLock { $0 = value }
      done.signal()
    }
    done.wait()
    guard let result = result.withLock({ $0 }) else { throw StoreError.unavailable }
    return try result.get()
  }
}

/// A steady clock that goes on whenever the wall clock is turned on.
private struct SamePace: SteadyClock {
  let clock: any WallClock

  func now() -> Duration { .milliseconds(clock.now().milliseconds) }
}
