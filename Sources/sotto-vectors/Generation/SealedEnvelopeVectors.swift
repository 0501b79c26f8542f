import ByteLayout
import Primitives
import SealedSender
import SecretMemory
import Verification

/// Sealed envelopes (C3): opened, or refused.
enum SealedEnvelopeVectors {
  static func accepted(_ randomness: SeedRandomness) throws -> [SealedEnvelopeCase] {
    var cases: [SealedEnvelopeCase] = []
    for (index, kind) in [EnvelopeKind.sessionMessage, .sessionStart, .senderKeyMessage, .ephemeral].enumerated() {
      cases.append(
        try sealed(
          "kind \(kind.rawValue), a short payload", randomness, kind: kind, payload: [UInt8](0..<UInt8(8 + index))))
    }
    cases.append(try sealed("an empty payload", randomness, payload: []))
    cases.append(try sealed("a payload that ends as padding does", randomness, payload: [0x80, 0, 0]))
    for size in SizeClass.allCases {
      let text = "the longest payload of \(size.byteCount) bytes"
      cases.append(try sealed(text, randomness, byteCount: size.payloadByteCount))
      guard size != .sixtyFourKibibytes else { continue }
      cases.append(
        try sealed("one byte more: the next size", randomness, byteCount: size.payloadByteCount + 1))
    }
    for kind in EnvelopeKind.allCases {
      cases.append(
        try sealed(
          "kind \(kind.rawValue), with the sealing secret", randomness, kind: kind, payload: [1, 2, 3], hasSecret: true)
      )
    }
    cases.append(
      try sealed(
        "the longest payload of 1024 bytes, with the sealing secret", randomness,
        byteCount: SizeClass.oneKibibyte.payloadByteCount, hasSecret: true))
    cases.append(
      try sealed(
        "by a sender that does not know the sealing secret yet", randomness, payload: [1, 2, 3], hasSecret: true,
        withoutSecret: true))
    return cases
  }

  static func rejected(_ randomness: SeedRandomness) throws -> [SealedEnvelopeCase] {
    let genuine = try sealed("", randomness, payload: [UInt8]("payload".utf8))
    let base = genuine.changed("", .refused) { $0.forgetSender() }
    guard let envelope = genuine.envelope?.bytes else { return [] }

    func raw(_ comment: String, _ bytes: [UInt8]) -> SealedEnvelopeCase {
      base.changed(comment, .refused) { $0.envelope = HexBytes(bytes) }
    }
    func forged(_ comment: String, _ forgery: EnvelopeForgery) throws -> SealedEnvelopeCase {
      raw(comment, try forgery.envelope(for: genuine))
    }
    let flips = [
      (0, "the version"), (1, "the seal id"), (5, "the ephemeral key"), (37, "the first byte of c1"),
      (106, "the last byte of c1 before its tag"), (122, "the tag of c1"), (123, "the first byte of c2"),
      (600, "the padding"), (1_023, "the tag of c2"),
    ]
    return try flips.map { raw("a bit of \($0.1) changed", envelope.flippingBit(at: $0.0)) } + [
      base.changed("found in another mailbox", .refused) {
        $0.mailbox = HexBytes($0.mailbox.bytes.flippingBit(at: 0))
      },
      base.changed("found under another envelope id", .refused) {
        $0.envelope_id = HexBytes($0.envelope_id.bytes.flippingBit(at: 0))
      },
      base.changed("opened with another sealing key", .refused) {
        $0.seal_scalar = HexBytes(randomness.bytes(32, for: "another sealing key"))
      },
      raw("cut by a byte", envelope.dropLast()), raw("a byte too many", envelope + [0]), raw("nothing", []),
      raw("cut to half: no size class", [UInt8](envelope[..<512])),
      raw("doubled with zeros: a size class", envelope + [UInt8](repeating: 0, count: 1_024)),
      raw(
        "an ephemeral key of small order", [UInt8](envelope[..<5]) + [UInt8](repeating: 0, count: 32) + envelope[37...]),
      raw(
        "an ephemeral key that is not canonical",
        [UInt8](envelope[..<5]) + [0xf0] + [UInt8](repeating: 0xff, count: 30) + [0x7f] + envelope[37...]),
      forged("c2 made without the sender's device key", EnvelopeForgery { $0.forgesDeviceKey = true }),
      forged("a kind that is not known", EnvelopeForgery { $0.kind = 5 }),
      forged("kind 0", EnvelopeForgery { $0.kind = 0 }),
      forged("device number 0", EnvelopeForgery { $0.device = 0 }),
      forged("device number 128", EnvelopeForgery { $0.device = 128 }),
      forged("an account id that is no Ed25519 key", EnvelopeForgery { $0.accountType = 0x05 }),
      forged("no marker before the padding", EnvelopeForgery { $0.marker = 0x01 }),
      forged("nothing but zeros inside", EnvelopeForgery { $0.marker = 0x00 }),
      forged(
        "the genuine one, forged with the right keys and another version byte", EnvelopeForgery { $0.version = 3 }),
    ] + (try rejectedWithSecret(randomness))
  }

  /// Of version 0x02: nothing opens without the secret, and the version cannot be changed.
  private static func rejectedWithSecret(_ randomness: SeedRandomness) throws -> [SealedEnvelopeCase] {
    let genuine = try sealed("", randomness, payload: [UInt8]("payload".utf8), hasSecret: true)
    let base = genuine.changed("", .refused) { $0.forgetSender() }
    let plain = try sealed("", randomness, payload: [1], hasSecret: true, withoutSecret: true)
    guard let envelope = genuine.envelope?.bytes, let plainEnvelope = plain.envelope?.bytes else { return [] }
    return [
      base.changed("with the sealing secret, by a recipient that has none", .refused) { $0.seal_secret = nil },
      base.changed("with the sealing secret, by a recipient that has another", .refused) {
        $0.seal_secret = $0.seal_secret.map { HexBytes($0.bytes.flippingBit(at: 31)) }
      },
      base.changed("with the sealing secret, and version byte 1", .refused) {
        $0.envelope = HexBytes([1] + envelope.dropFirst())
      },
      plain.changed("without the sealing secret, and version byte 2", .refused) {
        $0.forgetSender()
        $0.envelope = HexBytes([2] + plainEnvelope.dropFirst())
      },
      base.changed("with the sealing secret, and a bit of c1 changed", .refused) {
        $0.envelope = HexBytes(envelope.flippingBit(at: 40))
      },
      base.changed("with the sealing secret, and a bit of c2 changed", .refused) {
        $0.envelope = HexBytes(envelope.flippingBit(at: 600))
      },
    ]
  }

  /// Seals with keys of its own for every case.
  private static func sealed(
    _ comment: String, _ randomness: SeedRandomness, kind: EnvelopeKind = .sessionMessage, payload: [UInt8]? = nil,
    byteCount: Int = 0, hasSecret: Bool = false, withoutSecret: Bool = false
  ) throws -> SealedEnvelopeCase {
    func draw(_ count: Int, _ purpose: String) -> HexBytes { HexBytes(randomness.bytes(count, for: purpose)) }
    let account = try draw(32, "account root seed").signingKey().verifyingKey
    var result = SealedEnvelopeCase(
      comment: comment, expect: .success, seal_id: 7, seal_scalar: draw(32, "sealing key"),
      seal_secret: hasSecret ? draw(32, "sealing secret") : nil, mailbox: draw(32, "mailbox"),
      envelope_id: draw(16, "envelope id"), without_secret: withoutSecret ? true : nil,
      account: HexBytes([0x06] + account.bytes.array), device: 2, device_seed: draw(32, "device seed"),
      kind: kind.rawValue, ephemeral_scalar: draw(32, "ephemeral"))
    if let payload { result.payload = HexBytes(payload) } else { result.payload_byte_count = byteCount }
    let envelope = try result.sealed()
    // Long ones are named by their hash.
    if envelope.count == SizeClass.oneKibibyte.byteCount {
      result.envelope = HexBytes(envelope)
    } else {
      result.envelope_sha256 = HexBytes(ContentHash.sha256(envelope))
    }
    return result
  }
}

/// An envelope made from the equations of C3, so that parts of it can be wrong under tags that verify.
struct EnvelopeForgery {
  var version: UInt8 = 1
  var accountType: UInt8 = 0x06
  var device: UInt32?
  var kind: UInt8 = 1
  var marker: UInt8 = 0x80
  /// Uses another static Diffie–Hellman than that of the device key which it names.
  var forgesDeviceKey = false

  init(_ edit: (inout EnvelopeForgery) -> Void) { edit(&self) }

  /// The envelope that `genuine` describes, with this forgery's changes, 1 024 bytes.
  func envelope(for genuine: SealedEnvelopeCase) throws -> [UInt8] {
    guard let seed = genuine.device_seed, let account = genuine.account, let scalar = genuine.ephemeral_scalar else {
      return []
    }
    let sealKey = try genuine.seal_scalar.keyPair().publicKey
    let ephemeral = try scalar.keyPair()
    var bound = LayoutWriter()
    bound.uint8(version)
    bound.append(genuine.mailbox.bytes)
    bound.append(genuine.envelope_id.bytes)
    bound.uint32(genuine.seal_id)
    bound.append(sealKey.bytes)
    bound.append(ephemeral.publicKey.bytes)
    let transcript = ContentHash.labelled("Sotto_Sealed_v1", bound.bytes).array

    var name = LayoutWriter()
    name.append([accountType] + account.bytes.dropFirst())
    name.uint32(device ?? genuine.device ?? 1)
    name.append(try seed.signingKey().verifyingKey.bytes)
    name.uint8(kind)
    let ephemeralSecret = try ephemeral.sharedSecret(with: sealKey)
    let senderKey = try HKDFSHA256.derive(
      salt: transcript, inputKeyMaterial: ephemeralSecret, info: [UInt8]("Sotto_Sealed_Sender_v1".utf8), byteCount: 32)
    let sealedSender = try XChaCha20Poly1305.seal(
      name.bytes, key: senderKey, nonce: FixedBytes(), additionalData: transcript)

    let deviceKey = try (forgesDeviceKey ? scalar : seed).signingKey().agreementKeyPair()
    let material = try ephemeralSecret.appending(try deviceKey.sharedSecret(with: sealKey))
    let bodyKey = try HKDFSHA256.derive(
      salt: transcript, inputKeyMaterial: material, info: [UInt8]("Sotto_Sealed_Body_v1".utf8), byteCount: 32)
    let payload = marker == 0 ? [] : [UInt8]("payload".utf8)
    let padded =
      payload + [marker] + [UInt8](repeating: 0, count: SizeClass.oneKibibyte.payloadByteCount - payload.count)
    let sealedBody = try XChaCha20Poly1305.seal(
      padded, key: bodyKey, nonce: FixedBytes(), additionalData: transcript + sealedSender)

    var envelope = LayoutWriter()
    envelope.uint8(version)
    envelope.uint32(genuine.seal_id)
    envelope.append(ephemeral.publicKey.bytes)
    envelope.append(sealedSender)
    envelope.append(sealedBody)
    return envelope.bytes
  }
}

extension SealedEnvelopeCase {
  /// What is refused is only opened, and comes to nothing.
  mutating func forgetSender() {
    account = nil
    device = nil
    device_seed = nil
    kind = nil
    ephemeral_scalar = nil
    payload = nil
    without_secret = nil
  }
}
