import ByteLayout
import KeyAgreement
import Primitives
import TestSupport
import Testing
import Verification

@Suite("Device lists (C1)") struct DeviceListTests {
  let alice: Person
  let first: Device
  let second: Device

  init() throws {
    alice = try Person("alice")
    first = try alice.device(1)
    second = try alice.device(2)
  }

  /// A well-formed list of two devices, for tests to spoil.
  private func raw() throws -> RawList {
    RawList(
      alice.account, nextDevice: 3,
      entries: [
        try RawEntry(first, role: 1, account: alice.account), try RawEntry(second, account: alice.account),
      ])
  }

  private func verify(_ raw: RawList) throws -> DeviceList {
    try DeviceList(rootSigned: try raw.signed(by: alice.rootKey), account: alice.account)
  }

  private func expectRefusal(_ expected: KeyAgreementError, _ spoil: (inout RawList) throws -> Void) throws {
    var list = try raw()
    try spoil(&list)
    #expect(throws: expected) { try verify(list) }
  }

  // MARK: - Sizes and round trips

  @Test(arguments: [(1, 1, 356), (3, 1, 754), (8, 2, 2_437)])
  func `a list has the size of the specification`(devices: Int, routes: Int, byteCount: Int) throws {
    let ways = try (0..<routes).map { try route("relay.example.org:443", UInt8($0)) }
    let entries = try (1...devices).map {
      try alice.device(UInt32($0)).entry($0 == 1 ? .manager : .ordinary, routes: ways)
    }
    let list = try DeviceList.signedByRoot(
      alice.rootKey, major: 1, issuedAt: issued, nextDevice: UInt32(devices + 1), entries: entries)
    #expect(list.signedBytes.count == byteCount)
    #expect(try DeviceList(rootSigned: list.signedBytes, account: alice.account) == list)
  }

  @Test func `a list written field by field is the list that is signed here`() throws {
    let list = try DeviceList.signedByRoot(
      alice.rootKey, major: 1, issuedAt: issued, nextDevice: 3,
      entries: [try first.entry(.manager), try second.entry()])
    #expect(try raw().signed(by: alice.rootKey) == list.signedBytes)
    #expect(list.manager.device == .first)
    #expect(list.signer == .root)
    #expect(list.previous.isZero)
    #expect(list.entry(of: second.identity.device)?.deviceKey == second.identity.deviceKey)
    #expect(list.entry(of: .first, deviceKey: second.identity.deviceKey) == nil)
    #expect(
      list.hash == ContentHash.sha256([UInt8]("Sotto_DeviceListHash_v1\0".utf8) + list.signedBytes))
    #expect(list.reference.hash.array == [UInt8](list.hash.array.prefix(16)))
    #expect(list.reference.version.packed == 1 << 32)
  }

  @Test func `unknown extensions that are not critical are carried along`() throws {
    var list = try raw()
    list.ext = u16(7) + u16(0x0102) + u16(3) + [1, 2, 3]
    list.entries[0].ext = u16(4) + u16(0x0001) + u16(0)
    let verified = try verify(list)
    #expect(verified.extensions[0x0102] == [1, 2, 3])
    #expect(verified.entries[0].extensions[1] == [])
  }

  // MARK: - Tampering

  @Test func `every changed byte is refused`() throws {
    let bytes = try raw().signed(by: alice.rootKey)
    for index in bytes.indices {
      #expect(throws: KeyAgreementError.invalidSignature(.deviceList), "byte \(index)") {
        try DeviceList(rootSigned: flipping(bytes, at: index, bit: 1 << UInt8(index % 8)), account: alice.account)
      }
    }
  }

  @Test func `cut and lengthened lists are refused`() throws {
    let bytes = try raw().signed(by: alice.rootKey)
    for count in 0..<bytes.count {
      #expect(throws: KeyAgreementError.self) {
        try DeviceList(rootSigned: [UInt8](bytes.prefix(count)), account: alice.account)
      }
    }
    #expect(throws: KeyAgreementError.invalidSignature(.deviceList)) {
      try DeviceList(rootSigned: bytes + [0], account: alice.account)
    }
    try expectRefusal(.layout(.trailingBytes(1))) { $0.trailing = [0] }
    #expect(throws: KeyAgreementError.layout(.tooLong(limit: 3_072, actual: 3_073))) {
      try DeviceList(rootSigned: [UInt8](repeating: 0, count: 3_073), account: alice.account)
    }
  }

  @Test func `a list of another root, or under another label, is refused`() throws {
    let mallory = try Person("mallory")
    #expect(throws: KeyAgreementError.invalidSignature(.deviceList)) {
      try DeviceList(rootSigned: try raw().signed(by: mallory.rootKey), account: alice.account)
    }
    #expect(throws: KeyAgreementError.invalidSignature(.deviceList)) {
      try DeviceList(
        rootSigned: try raw().signed(by: alice.rootKey, label: "Sotto_Bundle_v1"), account: alice.account)
    }
    try expectRefusal(.mismatch(.account)) { $0.account = mallory.account.bytes.array }
  }

  // MARK: - Rules, in lists that are properly signed

  @Test func `a device that did not agree cannot be listed`() throws {
    let mallory = try Person("mallory")
    // Its consent to another account, to another number, and none at all.
    try expectRefusal(.invalidSignature(.deviceConsent)) {
      $0.entries[1] = try RawEntry(second, account: mallory.account)
    }
    try expectRefusal(.invalidSignature(.deviceConsent)) {
      $0.entries[1].device = 3
      $0.nextDevice = 4
    }
    try expectRefusal(.invalidSignature(.deviceConsent)) {
      $0.entries[1].deviceKey = mallory.identity.deviceKey.bytes.array
    }
  }

  @Test func `exactly one device is the manager`() throws {
    try expectRefusal(.deviceList(.notExactlyOneManager(count: 0))) { $0.entries[0].role = 0 }
    try expectRefusal(.deviceList(.notExactlyOneManager(count: 2))) { $0.entries[1].role = 1 }
    try expectRefusal(.layout(.unknownValue(field: "role", value: 2))) { $0.entries[1].role = 2 }
  }

  @Test func `devices ascend, below the next number, each with its own key`() throws {
    try expectRefusal(.deviceList(.entriesOutOfOrder)) { $0.entries.reverse() }
    try expectRefusal(.deviceList(.entriesOutOfOrder)) { $0.entries[1] = $0.entries[0] }
    try expectRefusal(.deviceList(.numberNotBelowNext(2))) { $0.nextDevice = 2 }
    try expectRefusal(.deviceList(.numberNotBelowNext(129))) { $0.nextDevice = 129 }
    try expectRefusal(.deviceList(.duplicateDeviceKey)) {
      let twin = try Device(account: alice.account, number: 2, key: "device 1 of \(alice.account.text)")
      $0.entries[1] = try RawEntry(twin, account: alice.account)
    }
    for number: UInt32 in [0, 128, .max] {
      try expectRefusal(.layout(.notAllowed(field: "device number"))) { $0.entries[1].device = number }
    }
  }

  @Test func `counts are within their bounds`() throws {
    try expectRefusal(.layout(.notAllowed(field: "device count"))) { $0.count = 0 }
    try expectRefusal(.layout(.notAllowed(field: "device count"))) { $0.count = 9 }
    try expectRefusal(.layout(.notAllowed(field: "route count"))) { $0.entries[1].routeCount = 0 }
    try expectRefusal(.layout(.notAllowed(field: "route count"))) {
      $0.entries[1].routes = (0..<5).map { RawEntry.route(number: $0) }
    }
    try expectRefusal(.layout(.notAllowed(field: "duplicate route"))) {
      $0.entries[1].routes = [RawEntry.route(), RawEntry.route("other.example:443")]
    }
  }

  @Test(arguments: [0x00, 0x01, 0x03, 0x04, 0x07, 0x08, 0x0a, 0x0c, 0x12, 0x1e, 0x82, 0xff] as [UInt8])
  func `suites that this version does not fully speak are refused`(suites: UInt8) throws {
    try expectRefusal(.layout(.unknownValue(field: "suites", value: Int(suites)))) { $0.entries[1].suites = suites }
  }

  @Test func `versions, extensions and relay addresses that are not allowed are refused`() throws {
    try expectRefusal(.layout(.unknownValue(field: "device list version", value: 2))) { $0.versionByte = 2 }
    try expectRefusal(.layout(.unknownValue(field: "critical extension", value: 0x8001))) {
      $0.ext = u16(4) + u16(0x8001) + u16(0)
    }
    try expectRefusal(.layout(.unknownValue(field: "critical extension", value: 0x8001))) {
      $0.entries[0].ext = u16(4) + u16(0x8001) + u16(0)
    }
    try expectRefusal(.layout(.notAllowed(field: "relay host"))) {
      $0.entries[0].routes = [RawEntry.route("Relay.example.org:443")]
    }
    try expectRefusal(.layout(.notAllowed(field: "relay address"))) {
      $0.entries[0].routes = [RawEntry.route("relay.éxample:443")]
    }
    try expectRefusal(.deviceList(.impossibleVersion)) { $0.major = 0 }
    try expectRefusal(.deviceList(.impossibleVersion)) { $0.minor = 1 }
    try expectRefusal(.deviceList(.wrongSigner)) { $0.signer = 1 }
    try expectRefusal(.layout(.notAllowed(field: "device number"))) { $0.signer = 128 }
  }

  @Test(arguments: [
    // The identity and two points of order eight, which verify some forged signature under lax libraries.
    "0100000000000000000000000000000000000000000000000000000000000000",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  ])
  func `a device key of small order is refused`(key: String) throws {
    // R = identity, S = 0 satisfies the verification equation for such keys.
    try expectRefusal(.invalidSignature(.deviceConsent)) {
      $0.entries[1].deviceKey = try Hexadecimal.decode(key)
      $0.entries[1].consent = [1] + [UInt8](repeating: 0, count: 63)
    }
  }

  @Test func `a device key of mixed order is refused although its consent verifies`() throws {
    // a·B plus the point of order two, with a consent of device 2 whose challenge is even, so that the second part
    // vanishes from the verification equation. The account is the one whose root seed is 32 bytes of 01.
    let rootKey = try Ed25519SigningKey(from: RepeatedByte(byte: 1))
    let account = AccountID(rootKey: rootKey.verifyingKey)
    let key = try Hexadecimal.decode("a35ff24aea2df91a9c0f5dfab5a5e696599197bf1afd1687032c9479df1d244e")
    let consent = try Hexadecimal.decode(
      "72e6529f8c273f1fc66688cf15ab63195702c173034b6346c210131b79979127"
        + "d4c4af2212dd5e3219ef67b40341c6705ef357adb5b60e333c0ecac06d5b0e01")
    #expect(
      VerifyingKey(try FixedBytes(key)).isValid(
        Signature(try FixedBytes(consent)), label: "Sotto_DeviceConsent_v1", body: account.bytes.array + u32(2)))
    let manager = try Device(account: account, number: 1, key: "manager")
    var raw = RawList(account, nextDevice: 3, entries: [try RawEntry(manager, role: 1, account: account)])
    var entry = raw.entries[0]
    (entry.device, entry.role, entry.deviceKey, entry.consent) = (2, 0, key, consent)
    raw.entries.append(entry)
    let signed = try raw.signed(by: rootKey)
    #expect(throws: KeyAgreementError.primitive(.invalidPoint)) {
      try DeviceList(rootSigned: signed, account: account)
    }
  }

  @Test func `a device key in another spelling is refused`() throws {
    try expectRefusal(.layout(.notAllowed(field: "device key"))) {
      $0.entries[1].deviceKey = [0xee] + [UInt8](repeating: 0xff, count: 30) + [0x7f]
    }
  }
}
