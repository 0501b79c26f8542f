import ByteLayout
import KeyAgreement
import Primitives
import Verification

/// An account of the generated vectors: a root key and some devices, all from the seed word.
struct TestAccount {
  /// 2026-01-01T00:00:00Z: when everything here was issued.
  static let issuedAt: UInt64 = 1_767_225_600

  let name: String
  let rootSeed: HexBytes
  let deviceSeeds: [HexBytes]
  let randomness: SeedRandomness
  let suites: SuiteSet
  let id: AccountID

  init(_ name: String, deviceCount: Int, _ randomness: SeedRandomness, suites: SuiteSet = .withoutTripleRatchet) throws
  {
    self.name = name
    self.suites = suites
    self.randomness = randomness
    rootSeed = HexBytes(randomness.bytes(32, for: "\(name)/root-seed"))
    deviceSeeds = (1...deviceCount).map { HexBytes(randomness.bytes(32, for: "\(name)/device-\($0)-seed")) }
    id = AccountID(rootKey: try rootSeed.signingKey().verifyingKey)
  }

  func root() throws -> Ed25519SigningKey { try rootSeed.signingKey() }

  func identity(_ device: UInt32) throws -> DeviceIdentity {
    try DeviceIdentity(
      account: id, device: try DeviceNumber(validating: device),
      signingKey: try deviceSeeds[Int(device) - 1].signingKey(), suites: suites)
  }

  /// The entry of a device; the first one is the manager.
  func entry(_ device: UInt32, host: String = "relay.example.org:443") throws -> DeviceEntry {
    try entry(device, role: device == 1 ? .manager : .ordinary, hosts: [host])
  }

  func entry(_ device: UInt32, role: DeviceRole, hosts: [String]) throws -> DeviceEntry {
    let routes = try hosts.map { host in
      try RelayRoute(
        host: host, relayKey: try FixedBytes(key("\(host)/relay-key")),
        mailbox: try FixedBytes(key("\(name)/device-\(device)/\(host)/mailbox")))
    }
    return try DeviceEntry(for: try identity(device), role: role, addedAt: Self.issuedAt, routes: routes)
  }

  /// A public key that nobody needs the private half of.
  private func key(_ purpose: String) -> [UInt8] {
    SeedRandomness(seed: "\(name)|\(purpose)").bytes(32, for: "public")
  }

  /// A root-signed list of the devices with these numbers.
  func rootList(_ devices: [UInt32], major: UInt32 = 1, previous: DeviceList? = nil) throws -> DeviceList {
    try DeviceList.signedByRoot(
      try root(), major: major, issuedAt: Self.issuedAt, previous: previous,
      nextDevice: (devices.max() ?? 0) + 1, entries: try devices.map { try entry($0) })
  }

  /// Every device, in one root-signed list.
  func lists() throws -> DeviceLists {
    try DeviceLists(root: try rootList((1...UInt32(deviceSeeds.count)).map { $0 }))
  }
}

/// Changes the body of something signed and signs it again: what only a faulty or hostile owner of the key can make.
enum Resigning {
  static func signed(
    _ bytes: [UInt8], label: String, by key: borrowing Ed25519SigningKey, edit: (inout [UInt8]) throws -> Void
  ) throws -> [UInt8] {
    var body = [UInt8](bytes.dropLast(64))
    try edit(&body)
    return body + (try key.signature(label: label, body: body)).bytes.array
  }

  /// The encoding of one list alone.
  static func lists(_ list: [UInt8]) -> HexBytes {
    HexBytes([1, UInt8(list.count >> 8), UInt8(list.count & 255)] + list)
  }
}

extension [UInt8] {
  /// The bytes with the lowest bit of one flipped; negative indices count from the end.
  func flippingBit(at index: Int) -> [UInt8] {
    var copy = self
    copy[index < 0 ? count + index : index] ^= 1
    return copy
  }
}
