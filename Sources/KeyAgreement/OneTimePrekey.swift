import ByteLayout
package import Primitives
package import Verification

/// A prekey of this device that serves one session (C2).
///
/// Its private halves are deleted in the transaction that keeps the first message they decrypted, and never before.
package struct OneTimePrekey: ~Copyable, Sendable {
  /// 1 or more; 0 on the wire means that there is none.
  package let id: UInt32
  package let keyPair: X25519KeyPair
  /// nil in suite 1.
  package let kem: KEMPrekey?

  /// - Throws: ``LayoutError/notAllowed(field:)`` for id 0.
  package init(
    id: UInt32, keyPair: consuming X25519KeyPair, kem: consuming KEMPrekey?
  ) throws(KeyAgreementError) {
    guard id >= 1 else { throw .layout(.notAllowed(field: "one-time prekey id")) }
    self.id = id
    self.keyPair = keyPair
    self.kem = kem
  }

  /// Makes a new one from 32 and 64 random bytes. Its KEM prekey has the same number.
  package init(id: UInt32, from randomness: some Randomness) throws(KeyAgreementError) {
    guard id >= 1 else { throw .layout(.notAllowed(field: "one-time prekey id")) }
    let keyPair: X25519KeyPair
    do throws(PrimitiveError) { keyPair = try X25519KeyPair(from: randomness) } catch { throw .primitive(error) }
    try self.init(id: id, keyPair: keyPair, kem: try KEMPrekey(id: id, from: randomness))
  }

  /// What is published of the KEM prekey.
  var publishedKEM: KEMPublicPrekey? {
    switch kem {
    case .some(let kem): kem.published
    case .none: nil
    }
  }

  /// The record to publish: id u32 ‖ EncodeEC(OPK)(33) ‖ kemId u32 ‖ EncodeKEM(1 569) ‖ signature(64), 1 674 bytes; 101 in
  /// suite 1, which has no KEM fields.
  ///
  /// - Throws: ``LayoutError/notAllowed(field:)`` when the KEM prekey is there or missing against the device's suites.
  package func record(signedBy identity: borrowing DeviceIdentity) throws(KeyAgreementError) -> [UInt8] {
    let kem = publishedKEM
    guard (kem != nil) == identity.suites.contains(.pqxdh) else { throw .layout(.notAllowed(field: "KEM prekey")) }
    let keys = OneTimePrekeyRecord.keyBytes(id: id, key: keyPair.publicKey, kem: kem)
    let body = OneTimePrekeyRecord.signedBody(account: identity.account, device: identity.device, keys: keys)
    do throws(PrimitiveError) {
      return keys + (try identity.signingKey.signature(label: KeyAgreementLabel.oneTimePrekey, body: body)).bytes.array
    } catch { throw .primitive(error) }
  }
}

/// A peer's one-time prekey whose signature verified (C2).
///
/// The signature is over accountId ‖ device ‖ id ‖ the keys, so that a record serves no other device and no other id, and
/// its keys only together.
package struct OneTimePrekeyRecord: Hashable, Sendable {
  package let account: AccountID
  package let device: DeviceNumber
  package let deviceKey: VerifyingKey
  /// 1 or more.
  package let id: UInt32
  package let publicKey: X25519PublicKey
  /// There iff the device speaks suite 2.
  package let kem: KEMPublicPrekey?

  /// The size of a record: 1 674 bytes in suite 2, 101 in suite 1.
  package static func byteCount(in suites: SuiteSet) -> Int {
    suites.contains(.pqxdh) ? 101 + KEMPublicPrekey.byteCount : 101
  }

  private static let signatureByteCount = 64

  /// Verifies a record of the device in `entry`: size, signature, then layout.
  package init(
    verifying bytes: [UInt8], account: AccountID, entry: DeviceEntry
  ) throws(KeyAgreementError) {
    let byteCount = Self.byteCount(in: entry.suites)
    guard bytes.count == byteCount else {
      throw .layout(.wrongByteCount(expected: byteCount, actual: bytes.count))
    }
    let keys = bytes.dropLast(Self.signatureByteCount)
    let signature = try KeyAgreementError.layout { () throws(LayoutError) in
      Signature(try FixedBytes(bytes.suffix(Self.signatureByteCount)))
    }
    let body = Self.signedBody(account: account, device: entry.device, keys: [UInt8](keys))
    guard entry.deviceKey.isValid(signature, label: KeyAgreementLabel.oneTimePrekey, body: body) else {
      throw .invalidSignature(.oneTimePrekey)
    }
    (id, publicKey, kem) = try KeyAgreementError.layout { () throws(LayoutError) in
      var reader = LayoutReader(keys)
      let id = try reader.uint32()
      guard id >= 1 else { throw LayoutError.notAllowed(field: "one-time prekey id") }
      let key = try reader.encodedX25519Key(field: "one-time prekey")
      let kem = try entry.suites.contains(.pqxdh) ? KEMPublicPrekey(reading: &reader) : nil
      try reader.finish()
      return (id, key, kem)
    }
    self.account = account
    device = entry.device
    deviceKey = entry.deviceKey
  }

  /// id u32 ‖ EncodeEC(OPK)(33) [‖ kemId u32 ‖ EncodeKEM(1 569)].
  static func keyBytes(id: UInt32, key: X25519PublicKey, kem: KEMPublicPrekey?) -> [UInt8] {
    var writer = LayoutWriter(capacity: byteCount(in: .current))
    writer.uint32(id)
    writer.append(EncodedKey.x25519(key).bytes)
    kem?.write(to: &writer)
    return writer.bytes
  }

  static func signedBody(account: AccountID, device: DeviceNumber, keys: [UInt8]) -> [UInt8] {
    var writer = LayoutWriter(capacity: 37 + keys.count)
    writer.append(account.bytes)
    writer.uint32(device.value)
    writer.append(keys)
    return writer.bytes
  }
}
