import ByteLayout
import KeyAgreement
import Primitives
import SecretMemory
import TestSupport
import VectorSupport
import Verification

/// The time at which everything in these tests is issued, unix seconds.
let issued: UInt64 = 1_790_000_000

/// Randomness that gives one byte over and over: the known answers are computed with it.
struct RepeatedByte: Randomness {
  let byte: UInt8

  func fill(_ bytes: inout MutableRawSpan) {
    for index in 0..<bytes.byteCount { bytes.storeBytes(of: byte, toByteOffset: index, as: UInt8.self) }
  }

  func encapsulation(to key: MLKEMPublicKey) throws(PrimitiveError) -> MLKEMEncapsulation {
    try KnownEncapsulation.encapsulate(to: key, message: [UInt8](repeating: byte, count: 32))
  }
}

/// One account with one device and everything that it publishes.
final class Person {
  let rootKey: Ed25519SigningKey
  let account: AccountID
  let identity: DeviceIdentity
  let entry: DeviceEntry
  let lists: DeviceLists
  let signedPrekey: SignedPrekey
  let sealKey: X25519KeyPair
  let bundle: PrekeyBundle
  let oneTimePrekey: OneTimePrekey
  let recordBytes: [UInt8]
  let record: OneTimePrekeyRecord

  init(
    root: some Randomness, device: some Randomness, prekey: some Randomness, oneTime: some Randomness,
    seal: some Randomness, route: RelayRoute, bundleID: UInt32 = 9, sealID: UInt32 = 3, oneTimeID: UInt32 = 17,
    suites: SuiteSet = .current
  ) throws {
    rootKey = try Ed25519SigningKey(from: root)
    account = AccountID(rootKey: rootKey.verifyingKey)
    identity = try DeviceIdentity(
      account: account, device: .first, signingKey: try Ed25519SigningKey(from: device), suites: suites)
    entry = try DeviceEntry(for: identity, role: .manager, addedAt: issued, routes: [route])
    lists = try DeviceLists(
      root: try DeviceList.signedByRoot(rootKey, major: 1, issuedAt: issued, nextDevice: 2, entries: [entry]))
    if suites.contains(.pqxdh) {
      signedPrekey = try SignedPrekey(bundleID: bundleID, from: prekey)
      oneTimePrekey = try OneTimePrekey(id: oneTimeID, from: oneTime)
    } else {
      signedPrekey = SignedPrekey(bundleID: bundleID, keyPair: try X25519KeyPair(from: prekey), lastResort: nil)
      oneTimePrekey = try OneTimePrekey(id: oneTimeID, keyPair: try X25519KeyPair(from: oneTime), kem: nil)
    }
    sealKey = try X25519KeyPair(from: seal)
    bundle = try PrekeyBundle.signed(
      by: identity, signedPrekey: signedPrekey, issuedAt: issued, sealID: sealID, sealKey: sealKey.publicKey)
    recordBytes = try oneTimePrekey.record(signedBy: identity)
    record = try OneTimePrekeyRecord(verifying: recordBytes, account: account, entry: entry)
  }

  /// A person whose keys depend on the name only.
  convenience init(_ name: String, suites: SuiteSet = .current) throws {
    let randomness = SeededRandomness("person \(name)")
    try self.init(
      root: randomness, device: randomness, prekey: randomness, oneTime: randomness, seal: randomness,
      route: try route("relay.example.org:443", 1), suites: suites)
  }

  /// Another device of this account, not yet in any list.
  func device(_ number: UInt32, key: String? = nil) throws -> Device {
    try Device(account: account, number: number, key: key ?? "device \(number) of \(account.text)")
  }
}

/// A device's identity, boxed so that closures may use it.
final class Device {
  let identity: DeviceIdentity

  init(account: AccountID, number: UInt32, key: String) throws {
    identity = try DeviceIdentity(
      account: account, device: try DeviceNumber(validating: number),
      signingKey: try Ed25519SigningKey(from: SeededRandomness(key)))
  }

  func entry(_ role: DeviceRole = .ordinary, routes: [RelayRoute]? = nil) throws -> DeviceEntry {
    try DeviceEntry(
      for: identity, role: role, addedAt: issued, routes: try routes ?? [route("relay.example.org:443", 7)])
  }
}

func route(_ host: String, _ number: UInt8) throws -> RelayRoute {
  try RelayRoute(
    host: host, relayKey: try FixedBytes([UInt8](repeating: number, count: 32)),
    mailbox: try FixedBytes([UInt8](repeating: number ^ 0xff, count: 32)))
}

/// A copy of a secret, for comparing.
func bytes(_ secret: borrowing SecretBytes) -> [UInt8] {
  secret.withBytes { span in span.withUnsafeBytes { [UInt8]($0) } }
}

func hexadecimal(_ secret: borrowing SecretBytes) -> String { Hexadecimal.encode(bytes(secret)) }

/// The same bytes with one bit changed.
func flipping(_ bytes: [UInt8], at index: Int, bit: UInt8 = 1) -> [UInt8] {
  var changed = bytes
  changed[index] ^= bit
  return changed
}

/// What `step` throws, or nil if it succeeds.
func refusal<Failure: Error>(of step: () throws(Failure) -> Void) -> Failure? {
  do throws(Failure) {
    try step()
    return nil
  } catch { return error }
}
