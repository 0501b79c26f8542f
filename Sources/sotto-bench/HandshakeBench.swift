import ByteLayout
import DoubleRatchet
import KeyAgreement
import Primitives
import SecretMemory

/// Whole handshakes of one suite, both sides apart and together.
struct HandshakeSection: RatchetSection {
  let suite: Suite

  var title: String { "handshakes, suite \(suite.rawValue)" }

  func contests() throws -> [RatchetContest] {
    let pair = try HandshakeBenchPair(suite: suite)
    let floor = try HandshakeFloorPair(hasKEM: suite >= .pqxdh, isPostQuantum: suite.hasPostQuantumRatchet)
    let first = try pair.initiate()
    let bareFirst = try floor.initiate()
    func contest(
      _ what: String, _ sotto: @escaping () throws -> Void, _ bare: @escaping () throws -> Void
    ) -> RatchetContest {
      RatchetContest(name: "suite \(suite.rawValue), \(what)", sotto: sotto, bare: bare)
    }
    return [
      contest("initiator", { _ = try pair.initiate() }, { _ = try floor.initiate() }),
      contest("responder", { try pair.respond(to: first) }, { try floor.respond(to: bareFirst) }),
      // Last: what was begun before does not fit prekeys that are made anew.
      contest("prekeys", { try pair.publish() }, { try floor.publish() }),
      contest(
        "prekeys and both sides",
        {
          try pair.publish()
          try pair.respond(to: try pair.initiate())
        },
        {
          try floor.publish()
          try floor.respond(to: try floor.initiate())
        }),
    ]
  }
}

/// Two devices of which one begins sessions with the other, each as a first contact: nothing of the peer was verified before.
private final class HandshakeBenchPair {
  struct FirstMessage {
    let start: [UInt8]
    let sessionID: SessionID
    let message: RatchetMessage
  }

  private let suite: Suite
  private let randomness: SystemRandomness
  private let alice: HandshakeBenchPerson
  private let bob: HandshakeBenchPerson
  private var prekeys: HandshakeBenchPrekeys
  private let plaintext = [UInt8](repeating: 7, count: 64)

  init(suite: Suite) throws {
    self.suite = suite
    randomness = try SystemRandomness()
    let suites: SuiteSet =
      switch suite {
      case .x3dh: .x3dhOnly
      case .pqxdh: .withoutTripleRatchet
      case .tripleRatchet: .current
      }
    alice = try HandshakeBenchPerson(suites: suites, randomness: randomness)
    bob = try HandshakeBenchPerson(suites: suites, randomness: randomness)
    prekeys = try HandshakeBenchPrekeys(of: bob, suite: suite, randomness: randomness)
  }

  /// The responder's: makes a signed and a one-time prekey and signs them.
  func publish() throws {
    prekeys = try HandshakeBenchPrekeys(of: bob, suite: suite, randomness: randomness)
  }

  /// The initiator's: verifies lists, bundle and one-time prekey, agrees, and encrypts its first message.
  func initiate() throws -> FirstMessage {
    let lists = try DeviceLists(verifying: bob.lists.bytes, account: bob.identity.account)
    guard let entry = lists.entry(of: bob.identity.device, deviceKey: bob.identity.deviceKey) else {
      throw RatchetBenchError.deviceNotListed
    }
    let bundle = try PrekeyBundle(verifying: prekeys.bundle, account: lists.account, entry: entry)
    let record = try OneTimePrekeyRecord(verifying: prekeys.record, account: lists.account, entry: entry)
    let initiated = try InitiatorHandshake.begin(
      own: alice.identity, peer: lists.account, peerEntry: entry, bundle: bundle, oneTimePrekey: record,
      now: HandshakeBenchPerson.issuedAt, newestBundleIDSeen: nil, replaces: nil, lists: alice.lists,
      lowestSuite: suite, randomness: randomness)
    let start = initiated.start.bytes
    let secrets = initiated.takeSecrets()
    var ratchet = try RatchetState.initiator(
      sharedSecret: try secrets.sharedSecret.duplicate(), remoteKey: bundle.signedPrekey,
      associatedData: secrets.associatedData, isPostQuantum: suite.hasPostQuantumRatchet, randomness: randomness)
    return FirstMessage(start: start, sessionID: secrets.sessionID, message: try ratchet.encrypt(plaintext))
  }

  /// The responder's: verifies the lists in the start, agrees, and decrypts the message behind it.
  func respond(to first: FirstMessage) throws {
    let start = try SessionStart(first.start)
    let account = alice.identity.account
    guard
      let entry = try start.lists(of: account)?.entry(of: alice.identity.device, deviceKey: alice.identity.deviceKey)
    else { throw RatchetBenchError.deviceNotListed }
    let secrets = try ResponderHandshake.accept(
      own: bob.identity, start: start, claimedSessionID: first.sessionID, initiator: account, initiatorEntry: entry,
      signedPrekey: prekeys.signedPrekey, bundleHash: prekeys.bundleHash, oneTimePrekey: prekeys.oneTimePrekey,
      lowestSuite: suite)
    var ratchet = try RatchetState.responder(
      sharedSecret: try secrets.sharedSecret.duplicate(), ownKeyPair: try prekeys.signedPrekey.keyPair.duplicate(),
      associatedData: secrets.associatedData, isPostQuantum: suite.hasPostQuantumRatchet)
    let opened = try ratchet.decrypt(first.message, at: 0, randomness: randomness)
    guard opened.plaintext == plaintext else { throw RatchetBenchError.plaintextLost }
  }
}

/// An account with one device.
private final class HandshakeBenchPerson {
  static let issuedAt: UInt64 = 1_790_000_000

  let identity: DeviceIdentity
  let lists: DeviceLists

  init(suites: SuiteSet, randomness: SystemRandomness) throws {
    let rootKey = try Ed25519SigningKey(from: randomness)
    identity = try DeviceIdentity(
      account: AccountID(rootKey: rootKey.verifyingKey), device: .first,
      signingKey: try Ed25519SigningKey(from: randomness), suites: suites)
    let route = try RelayRoute(host: "relay.example.org:443", relayKey: FixedBytes(), mailbox: FixedBytes())
    let entry = try DeviceEntry(for: identity, role: .manager, addedAt: Self.issuedAt, routes: [route])
    lists = try DeviceLists(
      root: try DeviceList.signedByRoot(
        rootKey, major: 1, issuedAt: Self.issuedAt, nextDevice: 2, entries: [entry]))
  }
}

/// What a device publishes for one session, and its private halves.
private final class HandshakeBenchPrekeys {
  let signedPrekey: SignedPrekey
  let oneTimePrekey: OneTimePrekey?
  let bundle: [UInt8]
  let bundleHash: FixedBytes<32>
  let record: [UInt8]

  init(of person: HandshakeBenchPerson, suite: Suite, randomness: SystemRandomness) throws {
    let oneTime: OneTimePrekey
    if suite == .x3dh {
      signedPrekey = SignedPrekey(bundleID: 1, keyPair: try X25519KeyPair(from: randomness), lastResort: nil)
      oneTime = try OneTimePrekey(id: 1, keyPair: try X25519KeyPair(from: randomness), kem: nil)
    } else {
      signedPrekey = try SignedPrekey(bundleID: 1, from: randomness)
      oneTime = try OneTimePrekey(id: 1, from: randomness)
    }
    let signed = try PrekeyBundle.signed(
      by: person.identity, signedPrekey: signedPrekey, issuedAt: HandshakeBenchPerson.issuedAt, sealID: 1,
      sealKey: signedPrekey.keyPair.publicKey)
    bundle = signed.signedBytes
    bundleHash = signed.hash
    record = try oneTime.record(signedBy: person.identity)
    oneTimePrekey = consume oneTime
  }
}
