package import ByteLayout
package import Primitives
package import Verification

/// A verified prekey bundle: what a device publishes so that others can begin a session while it is away (C2).
///
/// 0x01 ‖ accountId ‖ device u32 ‖ bundleId u32 ‖ issuedAt u64 ‖ suites u8 ‖ deviceKey(32) ‖ sealId u32 ‖ sealKey(32)
/// ‖ EncodeEC(SPK)(33) ‖ prekey signature(64) ‖ kemId u32 ‖ EncodeKEM(last resort)(1 569) ‖ ext ‖ signature(64): 1 855 bytes
/// without extensions; 282 in suite 1, which has no KEM fields. One bundle per signed prekey, immutable. Values exist only
/// of bundles whose two signatures verified.
package struct PrekeyBundle: Hashable, Sendable {
  package let account: AccountID
  package let device: DeviceNumber
  /// Ascending; names the signed prekey.
  package let bundleID: UInt32
  /// Unix seconds.
  package let issuedAt: UInt64
  package let suites: SuiteSet
  package let deviceKey: VerifyingKey
  /// Names the sealing key.
  package let sealID: UInt32
  /// S of the sealed envelope (C3).
  package let sealKey: X25519PublicKey
  /// SPK.
  package let signedPrekey: X25519PublicKey
  /// What a session without a one-time prekey encapsulates to; there iff the suites hold suite 2.
  package let lastResort: KEMPublicPrekey?
  package let extensions: Extensions
  /// The bundle and its signature, verbatim.
  package let signedBytes: [UInt8]

  /// Sizes of a signed bundle; above is what still fits its published item (C6).
  static let byteCounts = 282...2_047
  /// An initiator refuses what is older (Protocol §6).
  package static let maximumAgeSeconds: UInt64 = 60 * 86_400
  /// And what claims to come from later than this: two clocks may differ by a day.
  package static let maximumFutureSeconds: UInt64 = 86_400
  private static let versionByte: UInt8 = 0x01
  private static let signatureByteCount = 64

  /// H("Sotto_BundleHash_v1", signed bytes), which the session's context covers.
  package var hash: FixedBytes<32> { ContentHash.labelled(KeyAgreementLabel.bundleHash, signedBytes) }

  // MARK: - Verification

  /// Verifies a bundle of the device in `entry`: bounds, signature, layout, the entry's fields, the prekey's signature.
  ///
  /// - Throws: ``KeyAgreementError/mismatch(_:)`` when account, device, device key or suites are not the entry's.
  package init(
    verifying signedBytes: [UInt8], account: AccountID, entry: DeviceEntry
  ) throws(KeyAgreementError) {
    try self.init(
      signedBytes, account: account, device: entry.device, deviceKey: entry.deviceKey, suites: entry.suites)
  }

  private init(
    _ signedBytes: [UInt8], account expectedAccount: AccountID, device expectedDevice: DeviceNumber,
    deviceKey expectedKey: VerifyingKey, suites expectedSuites: SuiteSet
  ) throws(KeyAgreementError) {
    let byteCount = signedBytes.count
    guard byteCount <= Self.byteCounts.upperBound else {
      throw .layout(.tooLong(limit: Self.byteCounts.upperBound, actual: byteCount))
    }
    guard byteCount >= Self.byteCounts.lowerBound else {
      throw .layout(.truncated(needed: Self.byteCounts.lowerBound, left: byteCount))
    }
    let body = signedBytes.dropLast(Self.signatureByteCount)
    let signature = try KeyAgreementError.layout { () throws(LayoutError) in
      Signature(try FixedBytes(signedBytes.suffix(Self.signatureByteCount)))
    }
    guard expectedKey.isValid(signature, label: KeyAgreementLabel.bundle, body: body) else {
      throw .invalidSignature(.bundle)
    }
    var reader = LayoutReader(body)
    let prekeySignature: Signature
    do throws(LayoutError) {
      try reader.expect(Self.versionByte, field: "bundle version")
      account = try reader.accountID()
      device = try reader.deviceNumber()
      bundleID = try reader.uint32()
      issuedAt = try reader.uint64()
      suites = try SuiteSet(validating: try reader.uint8())
      deviceKey = try reader.ed25519Key(field: "device key")
      sealID = try reader.uint32()
      sealKey = try reader.x25519Key(field: "sealing key")
      signedPrekey = try reader.encodedX25519Key(field: "signed prekey")
      prekeySignature = try reader.signature()
      lastResort = try suites.contains(.pqxdh) ? KEMPublicPrekey(reading: &reader) : nil
      extensions = try Extensions(reading: &reader, understood: [])
      try reader.finish()
    } catch { throw .layout(error) }
    self.signedBytes = signedBytes
    try check(account: expectedAccount, device: expectedDevice, deviceKey: expectedKey, suites: expectedSuites)
    // Unlabelled, as the X3DH specification has it: its first byte 0x05 tells it from every labelled message.
    guard deviceKey.isValid(prekeySignature, for: EncodedKey.x25519(signedPrekey).bytes.array) else {
      throw .invalidSignature(.signedPrekey)
    }
  }

  /// Whether the bundle is the one of exactly this device.
  func check(
    account: AccountID, device: DeviceNumber, deviceKey: VerifyingKey, suites: SuiteSet
  ) throws(KeyAgreementError) {
    guard self.account == account else { throw .mismatch(.account) }
    guard self.device == device else { throw .mismatch(.device) }
    guard self.deviceKey == deviceKey else { throw .mismatch(.deviceKey) }
    guard self.suites == suites else { throw .mismatch(.suites) }
  }

  /// Whether the bundle may still be used to begin a session.
  ///
  /// - Parameters:
  ///   - now: unix seconds.
  ///   - newestBundleIDSeen: the highest bundle id ever seen of this device.
  package func checkFreshness(now: UInt64, newestBundleIDSeen: UInt32?) throws(KeyAgreementError) {
    if now > issuedAt, now - issuedAt > Self.maximumAgeSeconds { throw .bundleTooOld(days: (now - issuedAt) / 86_400) }
    if issuedAt > now, issuedAt - now > Self.maximumFutureSeconds { throw .bundleFromFuture(issuedAt: issuedAt) }
    if let newestBundleIDSeen, bundleID < newestBundleIDSeen {
      throw .bundleSuperseded(bundleID: bundleID, newestSeen: newestBundleIDSeen)
    }
  }

  // MARK: - Signing

  /// Makes and signs the bundle of a signed prekey.
  ///
  /// - Parameters:
  ///   - identity: this device.
  ///   - issuedAt: unix seconds.
  ///   - sealKey: the public sealing key that `sealID` names.
  /// - Throws: ``LayoutError/notAllowed(field:)`` when the KEM prekey is there or missing against the device's suites.
  package static func signed(
    by identity: borrowing DeviceIdentity, signedPrekey: borrowing SignedPrekey, issuedAt: UInt64, sealID: UInt32,
    sealKey: X25519PublicKey, extensions: Extensions = .none
  ) throws(KeyAgreementError) -> PrekeyBundle {
    let lastResort: KEMPublicPrekey? =
      switch signedPrekey.lastResort {
      case .some(let kem): kem.published
      case .none: nil
      }
    guard (lastResort != nil) == identity.suites.contains(.pqxdh) else {
      throw .layout(.notAllowed(field: "KEM prekey"))
    }
    let encodedPrekey = EncodedKey.x25519(signedPrekey.keyPair.publicKey).bytes
    var writer = LayoutWriter(capacity: byteCounts.upperBound)
    writer.uint8(versionByte)
    writer.append(identity.account.bytes)
    writer.uint32(identity.device.value)
    writer.uint32(signedPrekey.bundleID)
    writer.uint64(issuedAt)
    writer.uint8(identity.suites.rawValue)
    writer.append(identity.deviceKey.bytes)
    writer.uint32(sealID)
    writer.append(sealKey.bytes)
    writer.append(encodedPrekey)
    do throws(PrimitiveError) {
      writer.append((try identity.signingKey.signature(for: encodedPrekey.array)).bytes)
    } catch { throw .primitive(error) }
    lastResort?.write(to: &writer)
    do throws(LayoutError) { try extensions.write(to: &writer) } catch { throw .layout(error) }
    do throws(PrimitiveError) {
      writer.append((try identity.signingKey.signature(label: KeyAgreementLabel.bundle, body: writer.bytes)).bytes)
    } catch { throw .primitive(error) }
    return try PrekeyBundle(
      writer.bytes, account: identity.account, device: identity.device, deviceKey: identity.deviceKey,
      suites: identity.suites)
  }
}
