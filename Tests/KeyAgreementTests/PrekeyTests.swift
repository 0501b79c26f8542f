import ByteLayout
import KeyAgreement
import Primitives
import TestSupport
import Testing
import Verification

@Suite("Prekey bundles and one-time prekeys (C2)") struct PrekeyTests {
  let bob: Person
  let mallory: Person

  init() throws {
    bob = try Person("bob")
    mallory = try Person("mallory")
  }

  private func verify(_ bytes: [UInt8]) throws -> PrekeyBundle {
    try PrekeyBundle(verifying: bytes, account: bob.account, entry: bob.entry)
  }

  private func expectRefusal(_ expected: KeyAgreementError, _ spoil: (inout RawBundle) throws -> Void) throws {
    var raw = try RawBundle(of: bob)
    try spoil(&raw)
    let signed = try raw.signed(by: bob.identity.signingKey)
    #expect(throws: expected) { try verify(signed) }
  }

  // MARK: - Bundles

  @Test func `a bundle has 1855 bytes and comes back`() throws {
    #expect(bob.bundle.signedBytes.count == 1_855)
    let bundle = try verify(bob.bundle.signedBytes)
    #expect(bundle == bob.bundle)
    #expect(bundle.bundleID == 9)
    #expect(bundle.sealID == 3)
    #expect(bundle.issuedAt == issued)
    #expect(bundle.sealKey == bob.sealKey.publicKey)
    #expect(bundle.lastResort?.id == 9)
    #expect(bundle.signedPrekey == bob.signedPrekey.keyPair.publicKey)
    #expect(try RawBundle(of: bob).signed(by: bob.identity.signingKey) == bundle.signedBytes)
  }

  @Test func `every changed byte of a bundle is refused`() throws {
    let bytes = bob.bundle.signedBytes
    for index in bytes.indices {
      #expect(throws: KeyAgreementError.invalidSignature(.bundle), "byte \(index)") {
        try verify(flipping(bytes, at: index, bit: 1 << UInt8(index % 8)))
      }
    }
    for count in 0..<bytes.count {
      #expect(throws: KeyAgreementError.self) { try verify([UInt8](bytes.prefix(count))) }
    }
    #expect(throws: KeyAgreementError.invalidSignature(.bundle)) { try verify(bytes + [0]) }
    #expect(throws: KeyAgreementError.layout(.tooLong(limit: 2_047, actual: 2_048))) {
      try verify([UInt8](repeating: 0, count: 2_048))
    }
  }

  @Test func `a bundle of another device is refused`() throws {
    #expect(throws: KeyAgreementError.invalidSignature(.bundle)) { try verify(mallory.bundle.signedBytes) }
    let second = try bob.device(2)
    #expect(throws: KeyAgreementError.invalidSignature(.bundle)) {
      try PrekeyBundle(verifying: bob.bundle.signedBytes, account: bob.account, entry: try second.entry())
    }
    #expect(throws: KeyAgreementError.mismatch(.account)) {
      try PrekeyBundle(verifying: bob.bundle.signedBytes, account: mallory.account, entry: bob.entry)
    }
    try expectRefusal(.mismatch(.device)) { $0.device = 2 }
    try expectRefusal(.mismatch(.deviceKey)) { $0.deviceKey = mallory.identity.deviceKey.bytes.array }
    try expectRefusal(.mismatch(.account)) { $0.account = mallory.account.bytes.array }
  }

  @Test func `a substituted signed prekey is refused even under a good outer signature`() throws {
    try expectRefusal(.invalidSignature(.signedPrekey)) {
      $0.encodedPrekey = [5] + mallory.signedPrekey.keyPair.publicKey.bytes.array
    }
    try expectRefusal(.invalidSignature(.signedPrekey)) { $0.prekeySignature[63] ^= 1 }
    // A device key signed as if it were a prekey: the types keep them apart.
    try expectRefusal(.layout(.notAllowed(field: "signed prekey"))) {
      $0.encodedPrekey = [6] + bob.identity.deviceKey.bytes.array
      $0.prekeySignature = try bob.identity.signingKey.signature(for: $0.encodedPrekey).bytes.array
    }
  }

  @Test func `a signature of another kind is no bundle's`() throws {
    let raw = try RawBundle(of: bob)
    for label in ["Sotto_DeviceList_v1", "Sotto_OneTimePrekey_v1", ""] {
      let signed = try raw.signed(by: bob.identity.signingKey, label: label)
      #expect(throws: KeyAgreementError.invalidSignature(.bundle)) { try verify(signed) }
    }
  }

  @Test(arguments: [0x00, 0x01, 0x03, 0x04, 0x07, 0x0a, 0x12, 0x82, 0xff] as [UInt8])
  func `suites that this version does not know are refused`(suites: UInt8) throws {
    try expectRefusal(.layout(.unknownValue(field: "suites", value: Int(suites)))) { $0.suites = suites }
  }

  @Test func `other suites than the entry's are refused`() throws {
    // A bundle without its KEM fields, as a downgrade would have it, and one that promises more than the list.
    try expectRefusal(.mismatch(.suites)) {
      $0.suites = 0x02
      $0.lastResort = []
    }
    try expectRefusal(.mismatch(.suites)) { $0.suites = 0x06 }
  }

  @Test func `unknown versions, critical extensions and non-canonical keys are refused`() throws {
    let nonCanonical = [0xed] + [UInt8](repeating: 0xff, count: 30) + [0x7f]
    try expectRefusal(.layout(.unknownValue(field: "bundle version", value: 2))) { $0.versionByte = 2 }
    try expectRefusal(.layout(.unknownValue(field: "critical extension", value: 0x8000))) {
      $0.ext = u16(4) + u16(0x8000) + u16(0)
    }
    try expectRefusal(.layout(.notAllowed(field: "sealing key"))) { $0.sealKey = nonCanonical }
    try expectRefusal(.layout(.notAllowed(field: "X25519 key"))) {
      $0.encodedPrekey = [5] + nonCanonical
      $0.prekeySignature = try bob.identity.signingKey.signature(for: $0.encodedPrekey).bytes.array
    }
  }

  @Test func `extensions that are not critical are carried along`() throws {
    var raw = try RawBundle(of: bob)
    raw.ext = u16(6) + u16(1) + u16(2) + [7, 8]
    #expect(try verify(try raw.signed(by: bob.identity.signingKey)).extensions[1] == [7, 8])
  }

  // MARK: - One-time prekeys

  @Test func `a one-time record has 1674 bytes and comes back`() throws {
    #expect(bob.recordBytes.count == OneTimePrekeyRecord.byteCount(in: .current))
    #expect(bob.recordBytes.count == 1_674)
    #expect(bob.record.kem?.id == 17)
    #expect(bob.record.id == 17)
    #expect(bob.record.publicKey == bob.oneTimePrekey.keyPair.publicKey)
  }

  @Test func `every changed byte of a one-time record is refused`() throws {
    for index in bob.recordBytes.indices {
      #expect(throws: KeyAgreementError.invalidSignature(.oneTimePrekey), "byte \(index)") {
        try OneTimePrekeyRecord(
          verifying: flipping(bob.recordBytes, at: index, bit: 1 << UInt8(index % 8)), account: bob.account,
          entry: bob.entry)
      }
    }
    for bytes in [[], [UInt8](bob.recordBytes.dropLast()), bob.recordBytes + [0]] {
      #expect(throws: KeyAgreementError.layout(.wrongByteCount(expected: 1_674, actual: bytes.count))) {
        try OneTimePrekeyRecord(verifying: bytes, account: bob.account, entry: bob.entry)
      }
    }
  }

  @Test func `a one-time record serves one device of one account`() throws {
    let second = try Device(account: bob.account, number: 2, key: "any")
    for (account, entry) in [
      (mallory.account, bob.entry), (bob.account, mallory.entry), (bob.account, try second.entry()),
    ] {
      #expect(throws: KeyAgreementError.invalidSignature(.oneTimePrekey)) {
        try OneTimePrekeyRecord(verifying: bob.recordBytes, account: account, entry: entry)
      }
    }
  }

  @Test func `id 0 and keys of another type are refused although they are signed`() throws {
    #expect(throws: KeyAgreementError.layout(.notAllowed(field: "one-time prekey id"))) {
      _ = try OneTimePrekey(id: 0, from: SeededRandomness("x"))
    }
    func signed(_ keys: [UInt8]) throws -> [UInt8] {
      keys
        + (try bob.identity.signingKey.signature(
          label: "Sotto_OneTimePrekey_v1", body: bob.account.bytes.array + u32(1) + keys)).bytes.array
    }
    let key = bob.oneTimePrekey.keyPair.publicKey.bytes.array
    let kem = [UInt8](bob.recordBytes[37..<1_610])
    for (keys, field) in [
      (u32(0) + [5] + key + kem, "one-time prekey id"), (u32(1) + [6] + key + kem, "one-time prekey"),
      (u32(1) + [5, 0xee] + [UInt8](repeating: 0xff, count: 30) + [0x7f] + kem, "X25519 key"),
      (u32(1) + [5] + key + u32(0) + kem.dropFirst(4), "KEM prekey id"),
    ] {
      #expect(throws: KeyAgreementError.layout(.notAllowed(field: field))) {
        try OneTimePrekeyRecord(verifying: try signed(keys), account: bob.account, entry: bob.entry)
      }
    }
  }
}
