import ByteLayout
import KeyAgreement
import Primitives
import Verification

/// A device entry written field by field, so that tests can write what the target refuses to.
struct RawEntry {
  var device: UInt32
  var deviceKey: [UInt8]
  var role: UInt8 = 0
  var suites: UInt8 = 0x0e
  var addedAt: UInt64 = issued
  var consent: [UInt8]
  var routeCount: UInt8?
  var routes: [[UInt8]]
  var ext: [UInt8] = [0, 0]

  init(_ device: Device, role: UInt8 = 0, account: AccountID, routes: [[UInt8]] = [RawEntry.route()]) throws {
    let number = device.identity.device.value
    self.device = number
    deviceKey = device.identity.deviceKey.bytes.array
    self.role = role
    consent = try device.identity.signingKey.signature(
      label: "Sotto_DeviceConsent_v1", body: account.bytes.array + u32(number)
    ).bytes.array
    self.routes = routes
  }

  static func route(_ host: String = "relay.example.org:443", number: UInt8 = 7) -> [UInt8] {
    [UInt8(host.utf8.count)] + [UInt8](host.utf8) + [UInt8](repeating: number, count: 32)
      + [UInt8](repeating: number ^ 0xff, count: 32)
  }

  var bytes: [UInt8] {
    let fields: [[UInt8]] = [
      u32(device), deviceKey, [role, suites], u64(addedAt), consent, [routeCount ?? UInt8(routes.count)],
      routes.flatMap(\.self), ext,
    ]
    return fields.flatMap(\.self)
  }
}

/// A device list written field by field.
struct RawList {
  var versionByte: UInt8 = 1
  var account: [UInt8]
  var major: UInt32 = 1
  var minor: UInt32 = 0
  var previous = [UInt8](repeating: 0, count: 32)
  var signer: UInt32 = 0
  var nextDevice: UInt32
  var count: UInt8?
  var entries: [RawEntry]
  var ext: [UInt8] = [0, 0]
  var trailing: [UInt8] = []

  init(_ account: AccountID, nextDevice: UInt32, entries: [RawEntry]) {
    self.account = account.bytes.array
    self.nextDevice = nextDevice
    self.entries = entries
  }

  func signed(by key: borrowing Ed25519SigningKey, label: String = "Sotto_DeviceList_v1") throws -> [UInt8] {
    let fields: [[UInt8]] = [
      [versionByte], account, u32(major), u32(minor), u64(issued), previous, u32(signer), u32(nextDevice),
      [count ?? UInt8(entries.count)], entries.flatMap(\.bytes), ext, trailing,
    ]
    let body = fields.flatMap(\.self)
    return body + (try key.signature(label: label, body: body)).bytes.array
  }
}

/// A bundle written field by field.
struct RawBundle {
  var versionByte: UInt8 = 1
  var account: [UInt8]
  var device: UInt32 = 1
  var bundleID: UInt32 = 9
  var issuedAt = issued
  var suites: UInt8 = 0x0e
  var deviceKey: [UInt8]
  var sealKey: [UInt8]
  var encodedPrekey: [UInt8]
  var prekeySignature: [UInt8]
  /// kemId ‖ EncodeKEM.
  var lastResort: [UInt8]
  var ext: [UInt8] = [0, 0]

  init(of person: Person) throws {
    account = person.account.bytes.array
    deviceKey = person.identity.deviceKey.bytes.array
    sealKey = person.sealKey.publicKey.bytes.array
    encodedPrekey = [5] + person.signedPrekey.keyPair.publicKey.bytes.array
    prekeySignature = try person.identity.signingKey.signature(for: encodedPrekey).bytes.array
    lastResort = u32(9) + (person.bundle.lastResort.map { [0x0a] + $0.publicKey.bytes } ?? [])
  }

  func signed(by key: borrowing Ed25519SigningKey, label: String = "Sotto_Bundle_v1") throws -> [UInt8] {
    let fields: [[UInt8]] = [
      [versionByte], account, u32(device), u32(bundleID), u64(issuedAt), [suites], deviceKey, u32(3), sealKey,
      encodedPrekey, prekeySignature, lastResort, ext,
    ]
    let body = fields.flatMap(\.self)
    return body + (try key.signature(label: label, body: body)).bytes.array
  }
}

func u32(_ value: UInt32) -> [UInt8] { withUnsafeBytes(of: value.bigEndian) { [UInt8]($0) } }
func u64(_ value: UInt64) -> [UInt8] { withUnsafeBytes(of: value.bigEndian) { [UInt8]($0) } }
func u16(_ value: UInt16) -> [UInt8] { withUnsafeBytes(of: value.bigEndian) { [UInt8]($0) } }
