import ByteLayout
import Primitives
import SealedSender
import SecretMemory
import Verification

/// C3 written a second time, without any of its checks: what a forger has.
struct HandmadeEnvelope {
  var destination = Destination()
  var version: UInt8 = 1
  /// accountId ‖ device ‖ deviceKey ‖ kind.
  var name: [UInt8]
  /// What c2 holds, padding included.
  var padded: [UInt8]
  /// E; `nil` for that of `ephemeralScalar`.
  var ephemeralKey: FixedBytes<32>?
  var ephemeralScalar: FixedBytes<32> = counting(from: 0xb0)
  /// The ephemeral–static result; `nil` to compute it.
  var ephemeralSecret: [UInt8]?
  /// The static–static result; `nil` to compute it with `deviceScalar`.
  var staticSecret: [UInt8]?

  init(from sender: borrowing Sender, padded: [UInt8]) {
    var writer = LayoutWriter()
    writer.append(sender.identity.account)
    writer.uint32(sender.identity.device)
    writer.append(sender.identity.deviceKey.bytes)
    writer.uint8(1)
    name = writer.bytes
    self.padded = padded
  }

  func bytes(agreementKeyPair: borrowing X25519KeyPair) throws -> [UInt8] {
    let sealKey = try keyPair(destination.sealScalar).publicKey
    let ephemeral = try keyPair(ephemeralScalar)
    let shownKey = ephemeralKey ?? ephemeral.publicKey.bytes
    let first = try Self.secret(ephemeralSecret, or: ephemeral, with: sealKey)
    let second = try Self.secret(staticSecret, or: agreementKeyPair, with: sealKey)

    var clear = LayoutWriter()
    clear.uint8(version)
    clear.uint32(destination.sealID)
    clear.append(shownKey)

    var bound = LayoutWriter()
    bound.uint8(1)
    bound.append(destination.mailbox)
    bound.append(destination.envelopeID)
    bound.uint32(destination.sealID)
    bound.append(sealKey.bytes)
    bound.append(shownKey)
    let t = ContentHash.sha256([UInt8]("Sotto_Sealed_v1".utf8) + [0] + bound.bytes).array

    let zero = FixedBytes<24>()
    let k1 = try HKDFSHA256.derive(
      salt: t, inputKeyMaterial: first, info: [UInt8]("Sotto_Sealed_Sender_v1".utf8), byteCount: 32)
    let c1 = try XChaCha20Poly1305.seal(name, key: k1, nonce: zero, additionalData: t)
    let both = try first.appending(second)
    let k2 = try HKDFSHA256.derive(
      salt: t, inputKeyMaterial: both, info: [UInt8]("Sotto_Sealed_Body_v1".utf8), byteCount: 32)
    let c2 = try XChaCha20Poly1305.seal(padded, key: k2, nonce: zero, additionalData: t + c1)
    return clear.bytes + c1 + c2
  }

  private static func secret(
    _ given: [UInt8]?, or keyPair: borrowing X25519KeyPair, with key: X25519PublicKey
  ) throws -> SecretBytes {
    if let given { return try SecretBytes(copying: given) }
    return try keyPair.sharedSecret(with: key)
  }
}
