import ByteLayout
import DoubleRatchet
import KeyAgreement
import Primitives
import SecretMemory
import VectorSupport
import Verification

/// Where an exploration begins. An epoch takes some twenty messages each way, too many to come in every order: so the session is
/// led, in order, to shortly before what is to be seen.
enum Beginning: String, CaseIterable {
  /// Nothing was sent yet.
  case handshake = "the handshake"
  /// Bob lacks the last units of Alice's encapsulation key: the next message makes him encapsulate.
  case encapsulation = "the encapsulation"
  /// Alice lacks the last units of Bob's ciphertext: the next messages derive epoch 1, and both enter it.
  case epoch = "a new epoch"
}

/// The two people of an exploration, and what they do in suite 3: each action takes a configuration and gives another.
struct ExploredWorld {
  enum Outcome {
    case accepted(Configuration, [UInt8])
    /// What a refusal left: it should be what was there before.
    case refused(Configuration)
  }

  private static let now: Int64 = 1_700_000_000
  private let aliceSeed = Self.key("identity", 0)
  private let bobSeed = Self.key("identity", 1)
  private let prekey = Self.key("signed-prekey", 1)
  private let oneTimePrekey = Self.key("one-time-prekey", 1)
  private let ephemeral = Self.key("ephemeral", 0)
  private let kemPrekey = Self.key("kem-prekey", 1).bytes + Self.key("kem-prekey", 2).bytes
  private let encapsulated = Self.key("encapsulated", 0).bytes
  private let associatedData: [UInt8]
  /// More than a message's units can have.
  private static let reserve = 600

  init() throws {
    associatedData = X3DH.associatedData(
      initiator: .ed25519(try aliceSeed.signingKey().verifyingKey),
      responder: .ed25519(try bobSeed.signingKey().verifyingKey), appendix: [UInt8](repeating: 0xe0, count: 32))
  }

  static func plaintext(_ side: Int, _ index: Int) -> [UInt8] { [UInt8(side), UInt8(index)] }

  // MARK: - Actions

  func sending(_ state: Configuration, _ side: Int, _ fault: PlantedFault?) throws -> Configuration {
    var after = state
    let randomness = NumberedKeys(side: side, from: state.draws[side])
    var ratchet: RatchetState
    if let archive = state.archives[side] {
      ratchet = try Self.ratchet(archive)
    } else {
      ratchet = try initiated(randomness)
    }
    let archive = try ratchet.archive()
    let before = (
      classical: try Transcript.State(archive: archive),
      postQuantum: try SparseArchive(HexBytes(revealing: archive).bytes)
    )
    let message = try ratchet.encrypt(Self.plaintext(side, state.sent[side].count), reserve: Self.reserve)
    after.draws[side] = randomness.count
    if fault != .forgetSent || state.archives[side] == nil {
      after.archives[side] = HexBytes(revealing: try ratchet.archive()).bytes
    }
    after.sent[side].append(
      Configuration.SentMessage(
        header: message.header.bytes, ciphertext: message.ciphertext,
        key: try Formula.hmac(before.postQuantum.sendingKey, try Formula.hmac(before.classical.send.ck.bytes, [1]))))
    return after
  }

  func receiving(
    _ state: Configuration, side: Int, header: [UInt8], ciphertext: [UInt8], _ fault: PlantedFault?
  ) throws -> Outcome {
    var after = state
    let randomness = NumberedKeys(side: side, from: state.draws[side])
    let isFirst = state.archives[side] == nil
    if isFirst, fault == .burnPrekey { after.hasOneTimePrekey = false }
    do {
      // Bob without a session needs the one-time prekey that the first message names.
      guard !isFirst || side == 1 && state.hasOneTimePrekey else { return .refused(after) }
      var ratchet = try state.archives[side].map(Self.ratchet) ?? answered()
      let opened = try ratchet.decrypt(
        RatchetMessage(header: try RatchetHeader(header), ciphertext: ciphertext), at: Self.now, randomness: randomness)
      after.draws[side] = randomness.count
      if isFirst { after.hasOneTimePrekey = false }
      if fault != .forgetReceived || isFirst { after.archives[side] = HexBytes(revealing: try ratchet.archive()).bytes }
      if fault == .forgetEpoch, let old = state.archives[side], let new = after.archives[side] {
        let (oldCount, newCount) = (try SparseArchive(old).byteCount, try SparseArchive(new).byteCount)
        after.archives[side] = [UInt8](old[..<oldCount] + new[newCount...])
      }
      return .accepted(after, opened.plaintext)
    } catch is RatchetError {
      // A refusal draws no key either.
      after.draws[side] = randomness.count
      if fault == .traceOfRefusal, let last = after.archives[side]?.indices.last { after.archives[side]?[last] ^= 1 }
      return .refused(after)
    }
  }

  /// Whether `ahead` is what follows from `behind`'s root by one step of `ahead`'s newest key.
  func isOneStepAhead(_ ahead: [UInt8], _ behind: [UInt8]) throws -> Bool {
    let (ahead, behind) = (
      try Transcript.State(archive: try SecretBytes(copying: ahead)),
      try Transcript.State(archive: try SecretBytes(copying: behind))
    )
    guard ahead.dhr == behind.dhs_pub else { return false }
    let shared = try Formula.x25519(ahead.dhs_priv, behind.dhs_pub)
    let output = try Formula.hkdf(behind.rk.bytes, shared, Transcript.Parameters.sotto.root_info, 64)
    return HexBytes(output[..<32]) == ahead.rk
  }

  // MARK: - Beginnings

  /// What both have before the first step that is explored.
  func configuration(at beginning: Beginning) throws -> Configuration {
    var state = Configuration()
    guard beginning != .handshake else { return state }
    func talk() throws {
      for side in 0...1 {
        state = try sending(state, side, nil)
        guard let message = state.sent[side].last,
          case .accepted(let next, _) = try receiving(
            state, side: 1 - side, header: message.header, ciphertext: message.ciphertext, nil)
        else { throw RatchetError.authenticationFailed }
        state = next
      }
    }
    func collected(_ side: Int) throws -> (phase: UInt8, count: Int) {
      let archive = try SparseArchive(state.archives[side] ?? [])
      return (archive.phase, archive.collectedCount)
    }
    // Four units go with a message, 37 make the whole.
    repeat { try talk() } while try collected(1) != (2, 36)
    if beginning == .epoch { repeat { try talk() } while try collected(0) != (0, 36) }
    state.sent = [[], []]
    return state
  }

  private func initiated(_ randomness: NumberedKeys) throws -> RatchetState {
    let secret = try PQXDH.initiatorSecret(
      identity: try aliceSeed.signingKey().agreementKeyPair(), ephemeral: try ephemeral.keyPair(),
      peerIdentity: try bobSeed.signingKey().verifyingKey.agreementKey(), signedPrekey: try prekey.keyPair().publicKey,
      oneTimePrekey: try oneTimePrekey.keyPair().publicKey,
      kemSecret: try KnownEncapsulation.encapsulate(to: try kemPair().publicKey, message: encapsulated)
        .takeSharedSecret())
    return try RatchetState.initiator(
      sharedSecret: secret, remoteKey: try prekey.keyPair().publicKey, associatedData: associatedData,
      isPostQuantum: true, randomness: randomness)
  }

  private func answered() throws -> RatchetState {
    let pair = try kemPair()
    let ciphertext = try KnownEncapsulation.encapsulate(to: pair.publicKey, message: encapsulated).ciphertext
    let secret = try PQXDH.responderSecret(
      identity: try bobSeed.signingKey().agreementKeyPair(), signedPrekey: try prekey.keyPair(),
      oneTimePrekey: try oneTimePrekey.keyPair(),
      peerIdentity: try aliceSeed.signingKey().verifyingKey.agreementKey(),
      ephemeral: try ephemeral.keyPair().publicKey, kemSecret: try pair.decapsulate(ciphertext))
    return try RatchetState.responder(
      sharedSecret: secret, ownKeyPair: try prekey.keyPair(), associatedData: associatedData, isPostQuantum: true)
  }

  private func kemPair() throws -> MLKEMKeyPair {
    try MLKEMKeyPair(.mlKEM1024, seed: try SecretBytes(copying: kemPrekey))
  }

  private static func ratchet(_ archive: [UInt8]) throws -> RatchetState {
    try RatchetState(archive: try SecretBytes(copying: archive))
  }

  fileprivate static func key(_ purpose: String, _ number: UInt32) -> HexBytes {
    HexBytes(ContentHash.labelled("explored \(purpose)", [UInt8(number)]))
  }
}

/// Private keys by number, so that a side's third one is the same on every path.
private final class NumberedKeys: Randomness, @unchecked Sendable {  // Sendable: used by one thread
  private let side: Int
  private(set) var count: UInt32

  init(side: Int, from count: UInt32) {
    self.side = side
    self.count = count
  }

  func encapsulation(to key: MLKEMPublicKey) throws(PrimitiveError) -> MLKEMEncapsulation {
    try KnownEncapsulation.encapsulate(to: key, message: next())
  }

  private func next() -> [UInt8] {
    defer { count += 1 }
    return ExploredWorld.key("ratchet key of \(side)", count).bytes
  }

  func fill(_ bytes: inout MutableRawSpan) {
    let key = next()
    for index in 0..<bytes.byteCount { bytes.storeBytes(of: key[index % 32], toByteOffset: index, as: UInt8.self) }
  }
}
