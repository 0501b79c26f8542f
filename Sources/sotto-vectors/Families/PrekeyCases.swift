import ByteLayout
import KeyAgreement
import Verification

/// A prekey bundle of a device that its account lists (C2).
struct PrekeyBundleCase: VectorCase {
  static let family = "prekey-bundle"
  var comment: String
  var expect: Expectation
  var account: HexBytes
  var lists: HexBytes
  var device: UInt32
  var bundle: HexBytes
  /// Unix seconds.
  var now: UInt64
  var newest_bundle_id_seen: UInt32?

  // What a reader finds; absent where the bundle is refused.
  var bundle_id: UInt32?
  var seal_id: UInt32?
  var seal_key: HexBytes?
  var signed_prekey: HexBytes?
  /// The KEM prekey of last resort, and SHA-256(EncodeKEM(it)); absent in suite 1.
  var kem_id: UInt32?
  var kem_key_sha256: HexBytes?
  /// H("Sotto_BundleHash_v1", bundle).
  var hash: HexBytes?

  func perform() throws {
    let account = try AccountID(validating: try account.fixed())
    let entry = try ListedDevice.entry(of: device, in: lists, account: account)
    let read = try PrekeyBundle(verifying: bundle.bytes, account: account, entry: entry)
    try read.checkFreshness(now: now, newestBundleIDSeen: newest_bundle_id_seen)
    try Difference.check(read.bundleID, bundle_id.map { "\($0)" } ?? "(missing)", at: "bundle_id")
    try Difference.check(read.sealID, seal_id.map { "\($0)" } ?? "(missing)", at: "seal_id")
    try Difference.check(HexBytes(read.sealKey), seal_key?.description ?? "(missing)", at: "seal_key")
    try Difference.check(HexBytes(read.signedPrekey), signed_prekey?.description ?? "(missing)", at: "signed_prekey")
    try ListedDevice.check(read.lastResort, id: kem_id, hash: kem_key_sha256)
    try Difference.check(HexBytes(read.hash), hash?.description ?? "(missing)", at: "hash")
  }
}

/// A one-time prekey record of a device that its account lists (C2).
struct OneTimePrekeyCase: VectorCase {
  static let family = "one-time-prekey"
  var comment: String
  var expect: Expectation
  var account: HexBytes
  var lists: HexBytes
  var device: UInt32
  var record: HexBytes

  // What a reader finds; absent where the record is refused.
  var id: UInt32?
  var key: HexBytes?
  /// The KEM prekey beside it, and SHA-256(EncodeKEM(it)); absent in suite 1.
  var kem_id: UInt32?
  var kem_key_sha256: HexBytes?

  func perform() throws {
    let account = try AccountID(validating: try account.fixed())
    let entry = try ListedDevice.entry(of: device, in: lists, account: account)
    let read = try OneTimePrekeyRecord(verifying: record.bytes, account: account, entry: entry)
    try Difference.check(read.id, id.map { "\($0)" } ?? "(missing)", at: "id")
    try Difference.check(HexBytes(read.publicKey), key?.description ?? "(missing)", at: "key")
    try ListedDevice.check(read.kem, id: kem_id, hash: kem_key_sha256)
  }
}

/// Finds a device in lists that a file carries.
enum ListedDevice {
  static func entry(of device: UInt32, in lists: HexBytes, account: AccountID) throws -> DeviceEntry {
    let lists = try DeviceLists(verifying: lists.bytes, account: account)
    guard let entry = lists.current.entry(of: try DeviceNumber(validating: device)) else {
      throw KeyAgreementError.mismatch(.device)
    }
    return entry
  }

  /// Holds a KEM prekey that was read, or that there is none, against what the file says.
  static func check(_ prekey: KEMPublicPrekey?, id: UInt32?, hash: HexBytes?) throws {
    try Difference.check(prekey.map { "\($0.id)" } ?? "(none)", id.map { "\($0)" } ?? "(none)", at: "kem_id")
    try Difference.check(
      prekey.map { "\(HexBytes($0.encodedHash))" } ?? "(none)", hash?.description ?? "(none)", at: "kem_key_sha256")
  }
}

extension KEMPublicPrekey {
  /// SHA-256(EncodeKEM(key)).
  var encodedHash: FixedBytes<32> { ContentHash.sha256(EncodedKEMKey(publicKey).bytes) }
}
