import ByteLayout
import Primitives
import SealedSender
import SecretMemory
import Verification

/// Randomness that gives the same bytes whenever it is asked: known answers need a known e.
struct FixedRandomness: Randomness {
  let bytes: [UInt8]

  func fill(_ span: inout MutableRawSpan) {
    precondition(span.byteCount == bytes.count, "the test knows what is asked for")
    for index in bytes.indices { span.storeBytes(of: bytes[index], toByteOffset: index, as: UInt8.self) }
  }
}

/// `count` bytes that count up from `first`.
func counting<let count: Int>(from first: UInt8) -> FixedBytes<count> {
  var value = FixedBytes<count>()
  for index in 0..<count { value[index] = first &+ UInt8(index) }
  return value
}

func keyPair(_ scalar: FixedBytes<32>) throws -> X25519KeyPair {
  try X25519KeyPair(scalar: SecretBytes(copying: scalar.array))
}

/// A sending device whose keys follow from one byte.
struct Sender: ~Copyable {
  let identity: SealedSenderIdentity
  let agreementKeyPair: X25519KeyPair

  init(seed: UInt8 = 1, device: UInt32 = 5) throws {
    let signingKey = try Ed25519SigningKey(seed: SecretBytes(copying: (counting(from: seed) as FixedBytes<32>).array))
    let agreementKeyPair = try signingKey.agreementKeyPair()
    self.agreementKeyPair = agreementKeyPair
    identity = SealedSenderIdentity(account: Sender.account, device: device, deviceKey: signingKey.verifyingKey)
  }

  static var account: FixedBytes<33> {
    var account: FixedBytes<33> = counting(from: 0x3f)
    account[0] = 0x06
    return account
  }
}

/// Where envelopes of these tests go.
struct Destination {
  var mailbox: FixedBytes<32> = counting(from: 0x80)
  var envelopeID: FixedBytes<16> = counting(from: 0xa0)
  var sealID: UInt32 = 7
  var sealScalar: FixedBytes<32> = counting(from: 0x60)
  var sealSecret: FixedBytes<32>?

  func secret() throws -> SealingSecret? {
    try sealSecret.map { try SealingSecret(SecretBytes(copying: $0.array)) }
  }
}

func seal(
  _ payload: [UInt8], kind: EnvelopeKind = .sessionMessage, from sender: borrowing Sender,
  to destination: Destination = Destination(), randomness: some Randomness
) throws -> [UInt8] {
  try SealedEnvelope.seal(
    payload: payload, kind: kind, sender: sender.identity, senderAgreementKeyPair: sender.agreementKeyPair,
    mailbox: destination.mailbox, envelopeID: destination.envelopeID, sealID: destination.sealID,
    sealKey: try keyPair(destination.sealScalar).publicKey, sealSecret: try destination.secret(),
    randomness: randomness)
}

/// How far an envelope opens.
enum Opening: Equatable {
  case refusedAtSender(SealedSenderError)
  case refusedAtBody(SealedSenderIdentity, SealedSenderError)
  case opened(SealedSenderIdentity, EnvelopeKind, payload: [UInt8])
}

func open(_ envelope: [UInt8], at destination: Destination = Destination()) throws -> Opening {
  let sealingKeyPair = try keyPair(destination.sealScalar)
  let secret = try destination.secret()
  do throws(SealedSenderError) {
    let opened = try SealedEnvelope.openSender(
      envelope, mailbox: destination.mailbox, envelopeID: destination.envelopeID, sealingKeyPair: sealingKeyPair,
      sealSecret: secret)
    do throws(SealedSenderError) {
      let payload = try opened.openBody(sealingKeyPair: sealingKeyPair)
      return .opened(opened.sender, opened.kind, payload: payload)
    } catch {
      return .refusedAtBody(opened.sender, error)
    }
  } catch {
    return .refusedAtSender(error)
  }
}
