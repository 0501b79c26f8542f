import BlobCipher
import ByteLayout
import CMemcheck
import DoubleRatchet
import KeyAgreement
import Primitives
import SealedSender
import SecretMemory
import Verification

/// Something went another way than it should, apart from time.
struct Wrong: Error { let what: String }

func require(_ condition: Bool, _ what: String) throws { if !condition { throw Wrong(what: what) } }

/// What is run with its secrets marked. Whatever a check gives away by branching is reported while it runs.
enum Checks {
  static let all: [(name: String, run: @Sendable () throws -> Void)] = [
    ("comparisons of secrets", comparisons), ("HMAC and HKDF", derivations), ("signing", signing),
    ("PQXDH, both sides", handshake), ("the ratchet, in and out of order", ratchet),
    ("what the ratchet refuses", refusals), ("ratchet states in the vault", archives),
    ("the post-quantum ratchet, over two epochs", postQuantumRatchet),
    ("sealing and opening envelopes", envelopes), ("ephemeral messages", ephemeral),
    ("files and their commitment", files),
    ("tags and tokens", tags),
  ]

  static func comparisons() throws {
    let left = try Secrets.secret(32)
    try require(ConstantTimeEquality.areEqual(left, try left.duplicate()), "equal secrets are equal")
    for seed in [0, 2, 200] as [UInt8] {
      try require(!ConstantTimeEquality.areEqual(left, try Secrets.secret(32, seed: seed)), "others are not")
    }
    try require(!ConstantTimeEquality.areEqual(left, FixedBytes<32>()), "nor is a public claim")
    try require(Secrets.isSecret(left), "the mark is still there")
  }

  static func derivations() throws {
    let key = try Secrets.secret(32)
    let code = try HMACSHA256.secret([1], key: key)
    let derived = try HKDFSHA256.derive(salt: key, inputKeyMaterial: code, info: [1, 2, 3], byteCount: 100)
    let zero = try HKDFSHA256.deriveWithZeroSalt(inputKeyMaterial: derived, info: [], byteCount: 56)
    let publicSalt = try HKDFSHA256.derive(
      salt: [9, 9], inputKeyMaterial: try zero.appending(code), info: [], byteCount: 32)
    try require(Secrets.isSecret(publicSalt), "what is derived from a secret is secret")
  }

  static func signing() throws {
    let key = try Ed25519SigningKey(seed: try Secrets.secret(32))
    let signature = try key.signature(label: "Sotto_Test_v1", body: [1, 2, 3])
    try require(key.verifyingKey.isValid(signature, label: "Sotto_Test_v1", body: [1, 2, 3]), "it verifies")
    try require(Secrets.isSecret(try key.seed()), "the seed is still secret")
  }

  static func handshake() throws {
    let randomness = SecretRandomness()
    let alice = try Ed25519SigningKey(from: randomness)
    let bob = try Ed25519SigningKey(from: randomness)
    let prekey = try X25519KeyPair(from: randomness)
    let oneTime = try X25519KeyPair(from: randomness)
    let ephemeral = try X25519KeyPair(from: randomness)
    let kem = try MLKEMKeyPair(.mlKEM1024, from: randomness)
    try require(kem.withSeed { Secrets.isSecret($0) }, "the KEM's seed is secret")
    let encapsulated = try randomness.encapsulation(to: kem.publicKey)
    try require(Secrets.isSecret(encapsulated.sharedSecret), "what is encapsulated is secret")
    let decapsulated = try kem.decapsulate(encapsulated.ciphertext)
    try require(Secrets.isSecret(decapsulated), "what is decapsulated is secret")
    let initiated = try PQXDH.initiatorSecret(
      identity: try alice.agreementKeyPair(), ephemeral: ephemeral,
      peerIdentity: try bob.verifyingKey.agreementKey(), signedPrekey: prekey.publicKey,
      oneTimePrekey: oneTime.publicKey, kemSecret: try encapsulated.sharedSecret.duplicate())
    let answered = try PQXDH.responderSecret(
      identity: try bob.agreementKeyPair(), signedPrekey: prekey, oneTimePrekey: oneTime,
      peerIdentity: try alice.verifyingKey.agreementKey(), ephemeral: ephemeral.publicKey, kemSecret: decapsulated)
    try require(ConstantTimeEquality.areEqual(initiated, answered), "both sides agree")
    try require(Secrets.isSecret(initiated), "what they agree on is secret")
  }

  static func ratchet() throws {
    let sides = try Sides()
    var alice = try sides.initiator()
    var bob = try sides.responder()
    let randomness = SecretRandomness()
    let words = Secrets.plaintext(100)
    let first = try alice.encrypt(words)
    let second = try alice.encrypt(words)
    let third = try alice.encrypt(words)
    for message in [third, first, second] {
      let opened = try bob.decrypt(message, at: 0, randomness: randomness).plaintext
      try require(opened.count == 100 && Secrets.isSecret(opened), "words come out, and are still secret")
    }
    for _ in 0..<2 {
      _ = try alice.decrypt(try bob.encrypt(words), at: 0, randomness: randomness)
      _ = try bob.decrypt(try alice.encrypt(words), at: 0, randomness: randomness)
    }
  }

  static func refusals() throws {
    let sides = try Sides()
    var alice = try sides.initiator()
    var bob = try sides.responder()
    let randomness = SecretRandomness()
    let message = try alice.encrypt(Secrets.plaintext(40))
    for index in [0, 39, 55] {
      var ciphertext = message.ciphertext
      ciphertext[index] ^= 1
      let changed = RatchetMessage(header: message.header, ciphertext: ciphertext)
      do {
        _ = try bob.decrypt(changed, at: 0, randomness: randomness)
        throw Wrong(what: "a changed message was read")
      } catch RatchetError.authenticationFailed {}
    }
    _ = try bob.decrypt(message, at: 0, randomness: randomness)
  }

  static func archives() throws {
    let sides = try Sides()
    var alice = try sides.initiator()
    var bob = try sides.responder()
    let randomness = SecretRandomness()
    _ = try alice.encrypt([])
    _ = try bob.decrypt(try alice.encrypt([]), at: 0, randomness: randomness)
    let archive = try bob.archive()
    try require(Secrets.isSecret(archive), "an archive is secret")
    var again = try RatchetState(archive: archive)
    _ = try alice.decrypt(try again.encrypt([1]), at: 0, randomness: randomness)
  }

  /// In every phase: late and changed messages, states that are kept and read again. The units that a message carries are public
  /// once it authenticated, its words never.
  static func postQuantumRatchet() throws {
    let sides = try Sides(isPostQuantum: true)
    var alice = try sides.initiator()
    var bob = try sides.responder()
    let randomness = SecretRandomness()
    let words = Secrets.plaintext(40)
    memcheck_publish_opened(MEMCHECK_OPENED_UNITS)
    defer { memcheck_publish_opened(MEMCHECK_OPENED_SECRET) }
    func deliver(_ message: RatchetMessage, to state: inout RatchetState) throws {
      let opened = try state.decrypt(message, at: 0, randomness: randomness).plaintext
      try require(opened.count == 40 && Secrets.isSecret(opened), "words come out, and are still secret")
    }
    func exchange(from sender: inout RatchetState, to receiver: inout RatchetState, losing: Bool) throws {
      let late = try sender.encrypt(words, reserve: 600)
      let message = try sender.encrypt(words, reserve: 600)
      var ciphertext = message.ciphertext
      ciphertext[1] ^= 1
      do {
        let changed = RatchetMessage(header: message.header, ciphertext: ciphertext)
        _ = try receiver.decrypt(changed, at: 0, randomness: randomness)
        throw Wrong(what: "a changed message was read")
      } catch RatchetError.authenticationFailed {}
      try deliver(message, to: &receiver)
      if !losing { try deliver(late, to: &receiver) }
      let archive = try receiver.archive()
      try require(Secrets.isSecret(archive), "an archive is secret")
      receiver = try RatchetState(archive: archive)
    }
    var round = 0
    while try epoch(alice) < 2 || epoch(bob) < 2 {
      guard round < 100 else { throw Wrong(what: "no epoch goes by") }
      try exchange(from: &alice, to: &bob, losing: round % 3 == 0)
      try exchange(from: &bob, to: &alice, losing: round % 5 == 0)
      round += 1
    }
  }

  private static func epoch(_ state: borrowing RatchetState) throws -> UInt32 {
    guard let epoch = state.postQuantumEpoch else { throw Wrong(what: "not of suite 3") }
    return epoch
  }

  /// What an envelope's layers open is a name that authenticated and a message that is encrypted once more: public here.
  static func envelopes() throws {
    let randomness = SecretRandomness()
    let device = try Ed25519SigningKey(from: randomness)
    let sealing = try X25519KeyPair(from: randomness)
    let secret = try SealingSecret(try Secrets.secret(32))
    var account = FixedBytes<33>()
    account[0] = 6
    let mailbox = FixedBytes<32>()
    let id = FixedBytes<16>()
    let envelope = try SealedEnvelope.seal(
      payload: [UInt8](repeating: 5, count: 700), kind: .sessionMessage,
      sender: SealedSenderIdentity(account: account, device: 1, deviceKey: device.verifyingKey),
      senderAgreementKeyPair: try device.agreementKeyPair(), mailbox: mailbox, envelopeID: id, sealID: 1,
      sealKey: sealing.publicKey, sealSecret: secret, randomness: randomness)
    memcheck_publish_opened(MEMCHECK_OPENED_PUBLIC)
    defer { memcheck_publish_opened(MEMCHECK_OPENED_SECRET) }
    let opened = try SealedEnvelope.openSender(
      envelope, mailbox: mailbox, envelopeID: id, sealingKeyPair: sealing, sealSecret: secret)
    try require(try opened.openBody(sealingKeyPair: sealing).count == 700, "it opens")
    var changed = envelope
    changed[1_000] ^= 1
    let forged = try SealedEnvelope.openSender(
      changed, mailbox: mailbox, envelopeID: id, sealingKeyPair: sealing, sealSecret: secret)
    do {
      _ = try forged.openBody(sealingKeyPair: sealing)
      throw Wrong(what: "a changed envelope was opened")
    } catch SealedSenderError.refused {}
  }

  /// The time inside is judged after it authenticated: public here.
  static func ephemeral() throws {
    let key = try Secrets.secret(32)
    let session = FixedBytes<16>()
    let message = try EphemeralMessage.seal(
      key: key, sessionID: session, unixMilliseconds: 5, content: [1, 2], randomness: PublicRandomness())
    memcheck_publish_opened(MEMCHECK_OPENED_PUBLIC)
    defer { memcheck_publish_opened(MEMCHECK_OPENED_SECRET) }
    let opened = try EphemeralMessage.open(message, key: key, sessionID: session, nowUnixMilliseconds: 6)
    try require(opened.content == [1, 2], "it opens")
  }

  static func files() throws {
    let key = try Secrets.secret(32)
    let content = Secrets.plaintext(100_000)
    var (left, file, read) = (content[...], [UInt8](), [UInt8]())
    let identity = try BlobCipher.encrypt(key: key, header: FixedBytes(), contentByteCount: 100_000) {
      take($0, &left)
    } write: {
      file += $0
    }
    var bytes = file[...]
    try BlobCipher.decrypt(key: key, contentByteCount: 100_000, fileByteCount: identity.fileByteCount) {
      take($0, &bytes)
    } write: {
      read += $0
    }
    try require(read.count == 100_000 && Secrets.isSecret(read), "it comes out, and is still secret")
    bytes = file[...]
    do {
      try BlobCipher.decrypt(
        key: try Secrets.secret(32, seed: 2), contentByteCount: 100_000, fileByteCount: identity.fileByteCount
      ) {
        take($0, &bytes)
      } write: { _ in
      }
      throw Wrong(what: "another key opened it")
    } catch BlobError.wrongCommitment {}
  }

  static func tags() throws {
    let secret = try Secrets.secret(32)
    _ = try DeliveryTags.slotTag(slotSecret: secret, mailbox: FixedBytes(), day: 20_000)
    _ = try DeletionTokens.deletionToken(tokenKey: secret, mailbox: FixedBytes(), envelopeID: FixedBytes())
  }

  // MARK: - Parts

  /// Two ends of a session whose every key is marked.
  private struct Sides: ~Copyable {
    let prekey: X25519KeyPair
    let isPostQuantum: Bool
    let data = [UInt8](repeating: 3, count: 98)

    init(isPostQuantum: Bool = false) throws {
      prekey = try X25519KeyPair(from: SecretRandomness())
      self.isPostQuantum = isPostQuantum
    }

    func initiator() throws -> RatchetState {
      try RatchetState.initiator(
        sharedSecret: try Secrets.secret(32), remoteKey: prekey.publicKey, associatedData: data,
        isPostQuantum: isPostQuantum, randomness: SecretRandomness())
    }

    func responder() throws -> RatchetState {
      try RatchetState.responder(
        sharedSecret: try Secrets.secret(32), ownKeyPair: try prekey.duplicate(), associatedData: data,
        isPostQuantum: isPostQuantum)
    }
  }

  private static func take(_ count: Int, _ source: inout ArraySlice<UInt8>) -> [UInt8] {
    defer { source = source.dropFirst(count) }
    return Array(source.prefix(count))
  }
}

/// For nonces, which everybody sees.
struct PublicRandomness: Randomness {
  func fill(_ bytes: inout MutableRawSpan) {
    for index in 0..<bytes.byteCount { bytes.storeBytes(of: 4, toByteOffset: index, as: UInt8.self) }
  }
}
