import ByteLayout
import Primitives
import SealedSender
import Verification

/// A sealed envelope (C3): made again from its ephemeral scalar where that is given, and opened by its recipient.
struct SealedEnvelopeCase: VectorCase {
  static let family = "sealed-envelope"
  var comment: String
  var expect: Expectation

  // The recipient, and where the envelope was found.
  var seal_id: UInt32
  var seal_scalar: HexBytes
  /// The sealing secret of that key; absent where it has none. Version 0x02 uses it.
  var seal_secret: HexBytes?
  var mailbox: HexBytes
  var envelope_id: HexBytes

  /// Whether the sender does not know the sealing secret that there is: version 0x01.
  var without_secret: Bool?

  // The sender; absent where the envelope is only opened.
  var account: HexBytes?
  var device: UInt32?
  var device_seed: HexBytes?
  var kind: UInt8?
  var ephemeral_scalar: HexBytes?

  /// The payload, or its length where byte i is i·7 + 3 mod 256.
  var payload: HexBytes?
  var payload_byte_count: Int?

  /// The envelope, or its SHA-256 where it is long.
  var envelope: HexBytes?
  var envelope_sha256: HexBytes?

  func perform() throws {
    var found = envelope?.bytes ?? []
    if ephemeral_scalar != nil {
      found = try sealed()
      if let envelope { try Difference.check(HexBytes(found), envelope, at: "envelope") }
      if let envelope_sha256 {
        try Difference.check(HexBytes(ContentHash.sha256(found)), envelope_sha256, at: "envelope_sha256")
      }
    }
    let opened = try open(found)
    try Difference.check(HexBytes(opened.sender.account), account?.description ?? "(missing)", at: "account")
    try Difference.check(opened.sender.device, device.map { "\($0)" } ?? "(missing)", at: "device")
    try Difference.check(opened.kind.rawValue, kind.map { "\($0)" } ?? "(missing)", at: "kind")
    if let device_seed {
      let key = try device_seed.signingKey().verifyingKey
      try Difference.check(HexBytes(opened.sender.deviceKey), HexBytes(key), at: "device key")
    }
    try Difference.check(HexBytes(opened.payload), HexBytes(plainPayload), at: "payload")
  }

  private var plainPayload: [UInt8] {
    payload?.bytes ?? Transcript.Event.generatedPlaintext(byteCount: payload_byte_count ?? 0)
  }

  /// The envelope that follows from the ephemeral scalar.
  func sealed() throws -> [UInt8] {
    guard let account, let device, let device_seed, let ephemeral_scalar, let kind = kind.flatMap(EnvelopeKind.init)
    else { throw Difference(place: "the sender", computed: "is needed", expected: "is not all there") }
    let deviceKey = try device_seed.signingKey()
    return try SealedEnvelope.seal(
      payload: plainPayload, kind: kind,
      sender: SealedSenderIdentity(
        account: try account.fixed(), device: device, deviceKey: deviceKey.verifyingKey),
      senderAgreementKeyPair: try deviceKey.agreementKeyPair(), mailbox: try mailbox.fixed(),
      envelopeID: try envelope_id.fixed(), sealID: seal_id, sealKey: try seal_scalar.keyPair().publicKey,
      sealSecret: without_secret == true ? nil : try secret(), randomness: ScriptedRandomness([ephemeral_scalar.bytes]))
  }

  private func secret() throws -> SealingSecret? { try seal_secret.map { try SealingSecret(try $0.secret()) } }

  private struct Opened {
    let sender: SealedSenderIdentity
    let kind: EnvelopeKind
    let payload: [UInt8]
  }

  private func open(_ envelope: [UInt8]) throws -> Opened {
    let pair = try seal_scalar.keyPair()
    // The recipient has one sealing key here; an envelope that names another is not for it.
    guard try SealedEnvelope.sealID(of: envelope) == seal_id else { throw SealedSenderError.refused }
    let sender = try SealedEnvelope.openSender(
      envelope, mailbox: try mailbox.fixed(), envelopeID: try envelope_id.fixed(), sealingKeyPair: pair,
      sealSecret: try secret())
    return Opened(sender: sender.sender, kind: sender.kind, payload: try sender.openBody(sealingKeyPair: pair))
  }
}
