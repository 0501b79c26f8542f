import ByteLayout
package import Primitives
package import Verification

/// A prekey of this device that serves one session (C2).
///
/// Its private half is deleted in the transaction that keeps the first message it decrypted, and never before.
package struct OneTimePrekey: ~Copyable, Sendable {
  /// 1 or more; 0 on the wire means that there is none.
  package let id: UInt32
  package let keyPair: X25519KeyPair

  /// - Throws: ``LayoutError/notAllowed(field:)`` for id 0.
  package init(id: UInt32, keyPair: consuming X25519KeyPair) throws(KeyAgreementError) {
    guard id >= 1 else { throw .layout(.notAllowed(field: "one-time prekey id")) }
    self.id = id
    self.keyPair = keyPair
  }

  /// Makes a new one from 32 random bytes.
  package init(id: UInt32, from randomness: some Randomness) throws(KeyAgreementError) {
    let keyPair: X25519KeyPair
    do throws(PrimitiveError) { keyPair = try X25519KeyPair(from: randomness) } catch { throw .primitive(error) }
    try self.init(id: id, keyPair: keyPair)
  }

  /// The record to publish: id u32 ‖ EncodeEC(OPK)(33) ‖ signature(64), 101 bytes.
  package func record(signedBy identity: borrowing DeviceIdentity) throws(KeyAgreementError) -> [UInt8] {
    let keys = OneTimePrekeyRecord.keyBytes(id: id, key: keyPair.publicKey)
    let body = OneTimePrekeyRecord.signedBody(account: identity.account, device: identity.device, keys: keys)
    do throws(PrimitiveError) {
      return keys + (try identity.signingKey.signature(label: KeyAgreementLabel.oneTimePrekey, body: body)).bytes.array
    } catch { throw .primitive(error) }
  }
}

/// A peer's one-time prekey whose signature verified (C2).
///
/// The signature is over accountId ‖ device ‖ id ‖ key, so that a record serves no other device and no other id.
package struct OneTimePrekeyRecord: Hashable, Sendable {
  package let account: AccountID
  package let device: DeviceNumber
  package let deviceKey: VerifyingKey
  /// 1 or more.
  package let id: UInt32
  package let publicKey: X25519PublicKey

  /// The size of a record in suite 1.
  package static let byteCount = 101
  private static let signatureByteCount = 64

  /// Verifies a record of the device in `entry`: size, signature, then layout.
  package init(
    verifying bytes: [UInt8], account: AccountID, entry: DeviceEntry
  ) throws(KeyAgreementError) {
    guard bytes.count == Self.byteCount else {
      throw .layout(.wrongByteCount(expected: Self.byteCount, actual: bytes.count))
    }
    let keys = bytes.dropLast(Self.signatureByteCount)
    let signature = try KeyAgreementError.layout { () throws(LayoutError) in
      Signature(try FixedBytes(bytes.suffix(Self.signatureByteCount)))
    }
    let body = Self.signedBody(account: account, device: entry.device, keys: [UInt8](keys))
    guard entry.deviceKey.isValid(signature, label: KeyAgreementLabel.oneTimePrekey, body: body) else {
      throw .invalidSignature(.oneTimePrekey)
    }
    (id, publicKey) = try KeyAgreementError.layout { () throws(LayoutError) in
      var reader = LayoutReader(keys)
      let id = try reader.uint32()
      guard id >= 1 else { throw LayoutError.notAllowed(field: "one-time prekey id") }
      let key = try reader.encodedX25519Key(field: "one-time prekey")
      try reader.finish()
      return (id, key)
    }
    self.account = account
    device = entry.device
    deviceKey = entry.deviceKey
  }

  /// id u32 ‖ EncodeEC(OPK)(33).
  static func keyBytes(id: UInt32, key: X25519PublicKey) -> [UInt8] {
    var writer = LayoutWriter(capacity: byteCount)
    writer.uint32(id)
    writer.append(EncodedKey.x25519(key).bytes)
    return writer.bytes
  }

  static func signedBody(account: AccountID, device: DeviceNumber, keys: [UInt8]) -> [UInt8] {
    var writer = LayoutWriter(capacity: 74)
    writer.append(account.bytes)
    writer.uint32(device.value)
    writer.append(keys)
    return writer.bytes
  }
}
