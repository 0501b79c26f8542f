import ByteLayout
import KeyAgreement
import Verification

/// Device lists (C1): accepted and judged, or refused.
enum DeviceListVectors {
  private static let label = "Sotto_DeviceList_v1"

  static func accepted(_ randomness: SeedRandomness) throws -> [DeviceListsCase] {
    let account = try TestAccount("alice", deviceCount: 3, randomness)
    let old = try TestAccount("carol", deviceCount: 1, randomness, suites: .x3dhOnly)
    let third = try TestAccount("dora", deviceCount: 1, randomness, suites: .current)
    let upgraded = try old.lists().adding(
      managed: try DeviceList.signedByManager(
        try old.identity(1), following: try old.lists(), issuedAt: TestAccount.issuedAt, nextDevice: 2,
        entries: [try old.entry(1).replacing(suites: .withoutTripleRatchet)]))
    let first = try DeviceLists(root: try account.rootList([1]))
    let three = try DeviceLists(root: try account.rootList([1, 2, 3]))
    let managed = try first.adding(
      managed: try DeviceList.signedByManager(
        try account.identity(1), following: first, issuedAt: TestAccount.issuedAt, nextDevice: 3,
        entries: [try account.entry(1), try account.entry(2)]))
    let second = try DeviceLists(root: try account.rootList([1, 3], major: 2, previous: first.root))

    func judged(
      _ comment: String, _ lists: DeviceLists, of owner: TestAccount? = nil, pinned: DeviceLists?
    ) -> DeviceListsCase {
      var result = accepted(comment, owner ?? account, lists)
      result.pinned = pinned.map { HexBytes($0.bytes) }
      result.judgement = DeviceListsCase.name(of: DeviceListJudgement.judge(lists, pinned: pinned))
      return result
    }
    return [
      judged("the first list, of one device", first, pinned: nil), accepted("three devices", account, three),
      accepted("a device of before suite 2", old, try old.lists()),
      judged("a manager's list that adds suite 2", upgraded, of: old, pinned: try old.lists()),
      judged("a manager's list that adds a device", managed, pinned: first),
      judged("the root goes on from a manager's list", second, pinned: managed),
      judged("the pinned lists once more", first, pinned: first),
      judged("older than the pinned ones", first, pinned: managed),
      judged("other bytes under the pinned version: equivocation", three, pinned: first),
      accepted("a device of suite 3", third, try third.lists()),
    ]
  }

  static func rejected(_ randomness: SeedRandomness) throws -> [DeviceListsCase] {
    let account = try TestAccount("alice", deviceCount: 2, randomness)
    let other = try TestAccount("mallory", deviceCount: 2, randomness)
    let lists = try account.lists()
    let list = lists.root.signedBytes
    let base = accepted("", account, lists).changed("", .malformed) { $0.forgetResults() }

    func signed(
      _ comment: String, _ expect: Expectation, edit: (inout [UInt8]) throws -> Void
    ) throws -> DeviceListsCase {
      let changed = try Resigning.signed(list, label: label, by: try account.root(), edit: edit)
      return base.changed(comment, expect) { $0.lists = Resigning.lists(changed) }
    }
    func raw(_ comment: String, _ expect: Expectation, _ bytes: [UInt8]) -> DeviceListsCase {
      base.changed(comment, expect) { $0.lists = HexBytes(bytes) }
    }
    let encoded = lists.bytes
    let byMallory = try Resigning.signed(list, label: label, by: try other.root()) { _ in }
    let byDevice = try Resigning.signed(list, label: label, by: try account.identity(1).signingKey) { _ in }
    let otherLabel = try Resigning.signed(list, label: "Sotto_Bundle_v1", by: try account.root()) { _ in }
    let manager = 91 + 36  // role of the first entry
    return try [
      raw("a bit of the body changed", .invalidSignature, encoded.flippingBit(at: 60)),
      raw("a bit of the signature changed", .invalidSignature, encoded.flippingBit(at: -1)),
      raw("signed by another root", .invalidSignature, Resigning.lists(byMallory).bytes),
      raw("a root list signed by the manager", .invalidSignature, Resigning.lists(byDevice).bytes),
      raw("signed under another label", .invalidSignature, Resigning.lists(otherLabel).bytes),
      raw("the lists of another account", .invalidSignature, try other.lists().bytes),
      raw("cut by a byte", .malformed, encoded.dropLast()), raw("a byte too many", .malformed, encoded + [0]),
      raw("no list", .malformed, [0]), raw("three lists", .malformed, [3] + encoded.dropFirst()),
      signed("version byte 2", .malformed) { $0[0] = 2 },
      signed("bytes after the extensions", .malformed) { $0.append(0) },
      signed("an unknown critical extension", .malformed) { body in
        body = body.dropLast(2) + [0, 4, 0x80, 0, 0, 0]
      },
      signed("another account id inside", .mismatch) { $0.replaceSubrange(1..<34, with: other.id.bytes.array) },
      signed("major version 0", .ruleBroken) { $0.replaceSubrange(34..<38, with: [0, 0, 0, 0]) },
      signed("a root list with a minor version", .ruleBroken) { $0[41] = 1 },
      signed("the root's list says that a device signed it", .ruleBroken) { $0[85] = 1 },
      signed("a device number that is not below nextDevice", .ruleBroken) { $0[89] = 2 },
      signed("no devices", .malformed) { $0[90] = 0 }, signed("nine devices", .malformed) { $0[90] = 9 },
      signed("no manager", .ruleBroken) { $0[manager] = 0 },
      signed("a role that is not known", .malformed) { $0[manager] = 2 },
      signed("suites that this version does not know", .malformed) { $0[manager + 1] = 0x0a },
      signed("a consent that the device did not give", .invalidSignature) { $0[manager + 10] ^= 1 },
      signed("a device number that its consent does not name", .invalidSignature) { $0[94] = 3 },
      signed("no route", .malformed) { $0[manager + 74] = 0 },
      base.changed("a manager's list that the other device signed", .invalidSignature) { changed in
        let first = try DeviceLists(root: try account.rootList([1, 2]))
        let managed = try first.adding(
          managed: try DeviceList.signedByManager(
            try account.identity(1), following: first, issuedAt: TestAccount.issuedAt, nextDevice: 3,
            entries: [try account.entry(1)]))
        let forged = try Resigning.signed(
          managed.current.signedBytes, label: label, by: try account.identity(2).signingKey
        ) { _ in }
        changed.lists = HexBytes(managed.bytes.dropLast(forged.count) + forged)
      },
    ]
  }

  private static func accepted(_ comment: String, _ account: TestAccount, _ lists: DeviceLists) -> DeviceListsCase {
    DeviceListsCase(
      comment: comment, expect: .success, account: HexBytes(account.id.bytes), lists: HexBytes(lists.bytes),
      version_major: lists.version.major, version_minor: lists.version.minor,
      devices: lists.current.entries.map(\.device.value), hash: HexBytes(lists.current.hash))
  }
}

extension DeviceListsCase {
  /// What is refused comes to nothing.
  mutating func forgetResults() {
    version_major = nil
    version_minor = nil
    devices = nil
    hash = nil
  }
}
