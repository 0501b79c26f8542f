import ByteLayout
import KeyAgreement
import Primitives
import Verification

/// Bundles and one-time prekeys (C2): accepted, or refused.
enum PrekeyVectors {
  private static let day: UInt64 = 86_400

  static func acceptedBundles(_ randomness: SeedRandomness) throws -> [PrekeyBundleCase] {
    let base = try bundle("a bundle on the day of its issue", randomness).base
    return [
      base,
      base.changed("60 days old, the most that is taken", .success) { $0.now += 60 * day },
      base.changed("the newest that was seen", .success) { $0.newest_bundle_id_seen = 7 },
      try bundle("a bundle of a device that speaks suite 1 only", randomness, suites: .x3dhOnly).base,
      try bundle("a bundle of a device that speaks suite 3", randomness, suites: .current).base,
    ]
  }

  static func rejectedBundles(_ randomness: SeedRandomness) throws -> [PrekeyBundleCase] {
    let (account, accepted) = try bundle("", randomness)
    let base = accepted.changed("", .malformed) { $0.forgetResults() }
    let bytes = accepted.bundle.bytes

    func signed(
      _ comment: String, _ expect: Expectation, device: UInt32 = 1, edit: (inout [UInt8]) throws -> Void
    ) throws -> PrekeyBundleCase {
      let changed = try Resigning.signed(
        bytes, label: "Sotto_Bundle_v1", by: try account.identity(device).signingKey, edit: edit)
      return base.changed(comment, expect) { $0.bundle = HexBytes(changed) }
    }
    func raw(_ comment: String, _ expect: Expectation, _ bytes: [UInt8]) -> PrekeyBundleCase {
      base.changed(comment, expect) { $0.bundle = HexBytes(bytes) }
    }
    let nonCanonical = [0xf0] + [UInt8](repeating: 0xff, count: 30) + [0x7f]
    return try [
      raw("a bit of the body changed", .invalidSignature, bytes.flippingBit(at: 45)),
      raw("a bit of the signature changed", .invalidSignature, bytes.flippingBit(at: -1)),
      raw("cut by a byte", .invalidSignature, bytes.dropLast()),
      raw("shorter than any bundle", .malformed, [UInt8](bytes.prefix(281))),
      raw("a byte too many", .invalidSignature, bytes + [0]),
      signed("signed by another device of the account", .invalidSignature, device: 2) { _ in },
      signed("version byte 2", .malformed) { $0[0] = 2 },
      signed("another device number inside", .mismatch) { $0[37] = 2 },
      signed("suites that this version does not know", .malformed) { $0[50] = 0x0a },
      signed("suite 1 only, and the KEM fields all the same", .malformed) { $0[50] = 0x02 },
      signed("suite 1 only, without the KEM fields, although the list says suite 2", .mismatch) {
        $0[50] = 0x02
        $0.removeSubrange(216..<1_789)
      },
      signed("suite 2 without the KEM fields", .malformed) { $0.removeSubrange(216..<1_789) },
      signed("KEM prekey id 0", .malformed) { $0.replaceSubrange(216..<220, with: [0, 0, 0, 0]) },
      signed("a KEM key of the ML-KEM-768 type", .malformed) { $0[220] = 0x08 },
      signed("a KEM key of the X25519 type", .malformed) { $0[220] = 0x05 },
      signed("a KEM key with a coefficient of 3329", .malformed) {
        $0[221] = 0x01
        $0[222] = $0[222] & 0xf0 | 0x0d
      },
      raw("a bit of the KEM key changed", .invalidSignature, bytes.flippingBit(at: 1_000)),
      signed("a sealing key that is not canonical", .malformed) { $0.replaceSubrange(87..<119, with: nonCanonical) },
      signed("a signed prekey of the Ed25519 type", .malformed) { $0[119] = 0x06 },
      signed("another signed prekey than the one whose signature is inside", .invalidSignature) { $0[120] ^= 1 },
      signed("a changed prekey signature under a good signature of the whole", .invalidSignature) { $0[152] ^= 1 },
      signed("bytes after the extensions", .malformed) { $0.append(0) },
      base.changed("a second more than 60 days old", .expired) { $0.now += 60 * day + 1 },
      base.changed("older than one that was seen", .superseded) { $0.newest_bundle_id_seen = 8 },
      base.changed("used for another device of the account", .invalidSignature) { $0.device = 2 },
    ]
  }

  static func acceptedOneTime(_ randomness: SeedRandomness) throws -> [OneTimePrekeyCase] {
    [
      try oneTime("a one-time prekey", randomness).base,
      try oneTime("a one-time prekey of a device that speaks suite 1 only", randomness, suites: .x3dhOnly).base,
    ]
  }

  static func rejectedOneTime(_ randomness: SeedRandomness) throws -> [OneTimePrekeyCase] {
    let (account, accepted) = try oneTime("", randomness)
    let base = accepted.changed("", .malformed) {
      $0.id = nil
      $0.key = nil
      $0.kem_id = nil
      $0.kem_key_sha256 = nil
    }
    let record = accepted.record.bytes

    // The signature is over accountId ‖ device ‖ the keys, of which the record carries only the last.
    func signed(_ comment: String, _ expect: Expectation, edit: (inout [UInt8]) -> Void) throws -> OneTimePrekeyCase {
      var keys = [UInt8](record.dropLast(64))
      edit(&keys)
      var body = LayoutWriter()
      body.append(account.id.bytes)
      body.uint32(1)
      body.append(keys)
      let identity = try account.identity(1)
      let signature = try identity.signingKey.signature(label: "Sotto_OneTimePrekey_v1", body: body.bytes)
      return base.changed(comment, expect) { $0.record = HexBytes(keys + signature.bytes.array) }
    }
    return try [
      base.changed("a bit of the key changed", .invalidSignature) { $0.record = HexBytes(record.flippingBit(at: 10)) },
      base.changed("a bit of the KEM key changed", .invalidSignature) {
        $0.record = HexBytes(record.flippingBit(at: 1_000))
      },
      base.changed("a bit of the signature changed", .invalidSignature) {
        $0.record = HexBytes(record.flippingBit(at: -1))
      },
      base.changed("another id than the signed one", .invalidSignature) {
        $0.record = HexBytes(record.flippingBit(at: 3))
      },
      base.changed("used for another device of the account", .invalidSignature) { $0.device = 2 },
      base.changed("cut by a byte", .wrongSize) { $0.record = HexBytes(record.dropLast()) },
      base.changed("a byte too many", .wrongSize) { $0.record = HexBytes(record + [0]) },
      signed("id 0, which means that there is none", .malformed) { $0.replaceSubrange(0..<4, with: [0, 0, 0, 0]) },
      signed("a key of the Ed25519 type", .malformed) { $0[4] = 0x06 },
      signed("a key that is not canonical", .malformed) {
        $0.replaceSubrange(5..<37, with: [0xf0] + [UInt8](repeating: 0xff, count: 30) + [0x7f])
      },
      signed("the record of suite 1, although the list says suite 2", .wrongSize) { $0.removeSubrange(37..<1_610) },
      signed("KEM prekey id 0", .malformed) { $0.replaceSubrange(37..<41, with: [0, 0, 0, 0]) },
      signed("a KEM key of the ML-KEM-768 type", .malformed) { $0[41] = 0x08 },
      signed("a KEM key with a coefficient of 3329", .malformed) {
        $0[42] = 0x01
        $0[43] = $0[43] & 0xf0 | 0x0d
      },
    ]
  }

  // MARK: - What is changed above

  private static func bundle(
    _ comment: String, _ randomness: SeedRandomness, suites: SuiteSet = .withoutTripleRatchet
  ) throws -> (account: TestAccount, base: PrekeyBundleCase) {
    let account = try TestAccount("bob", deviceCount: 2, randomness, suites: suites)
    let sealKey = try X25519KeyPair(from: randomness.source(for: "bob/sealing-key")).publicKey
    let source = randomness.source(for: "bob/signed-prekey")
    let signedPrekey =
      suites == .x3dhOnly
      ? SignedPrekey(bundleID: 7, keyPair: try X25519KeyPair(from: source), lastResort: nil)
      : try SignedPrekey(bundleID: 7, from: source)
    let bundle = try PrekeyBundle.signed(
      by: try account.identity(1), signedPrekey: signedPrekey, issuedAt: TestAccount.issuedAt, sealID: 3,
      sealKey: sealKey)
    return (
      account,
      PrekeyBundleCase(
        comment: comment, expect: .success, account: HexBytes(account.id.bytes),
        lists: HexBytes(try account.lists().bytes), device: 1, bundle: HexBytes(bundle.signedBytes),
        now: TestAccount.issuedAt, bundle_id: 7, seal_id: 3, seal_key: HexBytes(sealKey),
        signed_prekey: HexBytes(signedPrekey.keyPair.publicKey), kem_id: bundle.lastResort?.id,
        kem_key_sha256: bundle.lastResort.map { HexBytes($0.encodedHash) }, hash: HexBytes(bundle.hash))
    )
  }

  private static func oneTime(
    _ comment: String, _ randomness: SeedRandomness, suites: SuiteSet = .withoutTripleRatchet
  ) throws -> (account: TestAccount, base: OneTimePrekeyCase) {
    let account = try TestAccount("bob", deviceCount: 2, randomness, suites: suites)
    let source = randomness.source(for: "bob/one-time-prekey")
    let prekey =
      suites == .x3dhOnly
      ? try OneTimePrekey(id: 42, keyPair: try X25519KeyPair(from: source), kem: nil)
      : try OneTimePrekey(id: 42, from: source)
    let record = try prekey.record(signedBy: try account.identity(1))
    let read = try OneTimePrekeyRecord(verifying: record, account: account.id, entry: try account.entry(1))
    return (
      account,
      OneTimePrekeyCase(
        comment: comment, expect: .success, account: HexBytes(account.id.bytes),
        lists: HexBytes(try account.lists().bytes), device: 1,
        record: HexBytes(record), id: 42, key: HexBytes(prekey.keyPair.publicKey), kem_id: read.kem?.id,
        kem_key_sha256: read.kem.map { HexBytes($0.encodedHash) })
    )
  }
}

extension PrekeyBundleCase {
  /// What is refused comes to nothing.
  mutating func forgetResults() {
    bundle_id = nil
    seal_id = nil
    seal_key = nil
    signed_prekey = nil
    kem_id = nil
    kem_key_sha256 = nil
    hash = nil
  }
}
