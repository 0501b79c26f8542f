import KeyAgreement

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

  func perform() throws {
    let account = try AccountID(validating: try account.fixed())
    let entry = try ListedDevice.entry(of: device, in: lists, account: account)
    let read = try OneTimePrekeyRecord(verifying: record.bytes, account: account, entry: entry)
    try Difference.check(read.id, id.map { "\($0)" } ?? "(missing)", at: "id")
    try Difference.check(HexBytes(read.publicKey), key?.description ?? "(missing)", at: "key")
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
}
