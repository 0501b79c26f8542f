import ByteLayout
import DoubleRatchet
import Primitives
import SealedSender
import SecretMemory
import Verification

/// Two ratchet states of one session: of suite 2, which is suite 1's ratchet too, or of suite 3.
final class RatchetBenchPair {
  private var left: RatchetState
  private var right: RatchetState
  private var isLeftSending = true
  private let randomness: SystemRandomness
  private let envelope: SealedBench?

  /// - Parameter isSealed: with the envelope around every message.
  init(isPostQuantum: Bool, isSealed: Bool = false) throws {
    randomness = try SystemRandomness()
    envelope = try isSealed ? SealedBench(randomness) : nil
    let secret = try randomness.secret(byteCount: 32)
    let signedPrekey = try X25519KeyPair(from: randomness)
    // As long as the associated data of a session: two encoded identities and a context hash.
    let associatedData = [UInt8](repeating: 6, count: 98)
    left = try RatchetState.initiator(
      sharedSecret: try secret.duplicate(), remoteKey: signedPrekey.publicKey, associatedData: associatedData,
      isPostQuantum: isPostQuantum, randomness: randomness)
    right = try RatchetState.responder(
      sharedSecret: secret, ownKeyPair: signedPrekey, associatedData: associatedData, isPostQuantum: isPostQuantum)
    for _ in 0..<4 { try exchange([], reserve: 0, isPingPong: true) }
  }

  var epoch: UInt32 { left.postQuantumEpoch ?? 0 }

  func exchange(_ plaintext: [UInt8], reserve: Int, isPingPong: Bool) throws {
    let message =
      isLeftSending
      ? try left.encrypt(plaintext, reserve: reserve) : try right.encrypt(plaintext, reserve: reserve)
    let arrived = try envelope?.carry(message, randomness) ?? message
    let opened =
      isLeftSending
      ? try right.decrypt(arrived, at: 0, randomness: randomness)
      : try left.decrypt(arrived, at: 0, randomness: randomness)
    guard opened.plaintext.count == plaintext.count else { throw RatchetBenchError.plaintextLost }
    if isPingPong { isLeftSending.toggle() }
  }
}

/// An envelope's keys: the same both ways.
private final class SealedBench {
  private let device: Ed25519SigningKey
  private let agreement: X25519KeyPair
  private let sealing: X25519KeyPair
  private let secret: SealingSecret

  init(_ randomness: SystemRandomness) throws {
    device = try Ed25519SigningKey(from: randomness)
    agreement = try device.agreementKeyPair()
    sealing = try X25519KeyPair(from: randomness)
    secret = try SealingSecret(try randomness.secret(byteCount: SealingSecret.byteCount))
  }

  func carry(_ message: RatchetMessage, _ randomness: SystemRandomness) throws -> RatchetMessage {
    var account = FixedBytes<33>()
    account[0] = 6
    let (mailbox, id, session) = (FixedBytes<32>(), FixedBytes<16>(), FixedBytes<16>())
    let payload = try SessionMessage(
      sessionID: session, header: message.header.bytes, ciphertext: message.ciphertext)
    let envelope = try SealedEnvelope.seal(
      payload: payload.serialized, kind: .sessionMessage,
      sender: SealedSenderIdentity(account: account, device: 1, deviceKey: device.verifyingKey),
      senderAgreementKeyPair: agreement, mailbox: mailbox, envelopeID: id, sealID: 1, sealKey: sealing.publicKey,
      sealSecret: secret, randomness: randomness)
    let opened = try SealedEnvelope.openSender(
      envelope, mailbox: mailbox, envelopeID: id, sealingKeyPair: sealing, sealSecret: secret)
    let read = try SessionMessage.parse(try opened.openBody(sealingKeyPair: sealing)[...])
    return RatchetMessage(header: try RatchetHeader(read.header), ciphertext: read.ciphertext)
  }
}
