import ByteLayout
import KeyAgreement
import Primitives
import SecretMemory
import TestSupport
import Testing
import Verification

@Suite("Account ids and recovery strings (C1)") struct AccountTests {
  /// The public key of RFC 8032's first test, encoded by an independent script.
  static let key = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
  static let text = "sotto1qmt44xqps2cs4d74f0ld8jtyquaqactj70d2vge94upp568hqag35se87yr"
  static let recovery = "sottorecovery1qqqsyqcyq5rqwzqfpg9scrgwpugpzysnzs23v9ccrydpk8qarc0sds2t3z"

  private func account() throws -> AccountID {
    AccountID(rootKey: VerifyingKey(try FixedBytes(try Hexadecimal.decode(Self.key))))
  }

  @Test func `an account id is 33 bytes and 65 characters`() throws {
    let account = try account()
    #expect(account.bytes.array == [6] + (try Hexadecimal.decode(Self.key)))
    #expect(account.text == Self.text)
    #expect(account.text.utf8.count == 65)
    #expect(try AccountID(text: Self.text) == account)
    #expect(try AccountID(text: Self.text.uppercased()) == account)
    #expect(try AccountID(validating: account.bytes) == account)
    #expect(account.rootKey.bytes.description == Self.key)
  }

  @Test func `every mistyped character of an address is noticed`() throws {
    let characters = [UInt8](Self.text.utf8)
    for index in characters.indices {
      for replacement in "qpzry9x8gf2tvdw0s3jn54khce6mua7l1bio".utf8 where replacement != characters[index] {
        var mistyped = characters
        mistyped[index] = replacement
        #expect(throws: Bech32mError.self) { try AccountID(text: String(decoding: mistyped, as: UTF8.self)) }
      }
    }
  }

  @Test(arguments: [
    ("sotto1qmt44xqps2cs4d74f0ld8jtyquaqactj70d2vge94upp568hqag34d0nte3", Bech32mError.wrongByteCount(expected: 33)),
    ("sotto1qmt44xqps2cs4d74f0ld8jtyquaqactj70d2vge94upp568hqag3599hjpp", .wrongChecksum),
    ("sotto1qht44xqps2cs4d74f0ld8jtyquaqactj70d2vge94upp568hqag35h33kpn", .notAllowedValue),
    ("sotto1qmkllllllllllllllllllllllllllllllllllllllllllllllllh7zp6x0c", .notAllowedValue),
    (recovery, .otherPrefix),
    ("Sotto1qmt44xqps2cs4d74f0ld8jtyquaqactj70d2vge94upp568hqag35se87yr", .mixedCase),
    ("", .wrongLength(0)),
    (" sotto1qmt44xqps2cs4d74f0ld8jtyquaqactj70d2vge94upp568hqag35se87yr", .notAllowedCharacter(index: 0)),
  ])
  func `set padding, Bech32, another key type, a non-canonical key and other text are refused`(
    text: String, reason: Bech32mError
  ) {
    #expect(throws: reason) { try AccountID(text: text) }
  }

  @Test func `encoded keys are of one type and canonical`() throws {
    let key = try Hexadecimal.decode(Self.key)
    for type: UInt8 in [0x00, 0x04, 0x07, 0x08, 0x0a, 0x20] {
      #expect(throws: LayoutError.unknownValue(field: "key type", value: Int(type))) {
        try EncodedKey(validating: try FixedBytes([type] + key))
      }
    }
    // y = 2²⁵⁵ − 19 … 2²⁵⁵ − 1, with either sign; u likewise, and with the top bit.
    for low: UInt8 in [0xed, 0xee, 0xf5, 0xff] {
      for high: UInt8 in [0x7f, 0xff] {
        let bytes = [low] + [UInt8](repeating: 0xff, count: 30) + [high]
        #expect(throws: LayoutError.notAllowed(field: "Ed25519 key")) {
          try EncodedKey(validating: try FixedBytes([6] + bytes))
        }
        #expect(throws: LayoutError.notAllowed(field: "X25519 key")) {
          try EncodedKey(validating: try FixedBytes([5] + bytes))
        }
      }
    }
    // The largest canonical coordinate passes.
    let largest = [0xec] + [UInt8](repeating: 0xff, count: 30) + [0x7f]
    #expect(try EncodedKey(validating: try FixedBytes([6] + largest)).bytes.array == [6] + largest)
    #expect(try EncodedKey(validating: try FixedBytes([5] + largest)).bytes.array == [5] + largest)
  }

  @Test func `a recovery string is 72 characters and gives the seed back`() throws {
    let seed = try SecretBytes(copying: [UInt8](0..<32))
    let text = try RecoveryString.encode(rootSeed: seed)
    #expect(text == Self.recovery)
    #expect(text.utf8.count == 72)
    let decoded = bytes(try RecoveryString.decode(text))
    #expect(decoded == [UInt8](0..<32))
  }

  @Test func `a recovery string gives the account back`() throws {
    let alice = try Person("alice")
    let text = try RecoveryString.encode(rootSeed: try alice.rootKey.seed())
    let recovered = try Ed25519SigningKey(seed: try RecoveryString.decode(text)).verifyingKey
    #expect(AccountID(rootKey: recovered) == alice.account)
  }

  @Test(arguments: [
    (text, RecoveryStringError.text(.otherPrefix)),
    ("sottorecovery1qqqsyqcyq5rqwzqfpg9scrgwpugpzysnzs23v9ccrydpk8qarc03sx77vs", .text(.wrongByteCount(expected: 32))),
    ("sottorecovery1qqqsyqcyq5rqwzqfpg9scrgwpugpzysnzs23v9ccrydpk8qarc0cnyw80l", .text(.wrongByteCount(expected: 32))),
    ("sottorecovery1qqqsyqcyq5rqwzqfpg9scrgwpugpzysnzs23v9ccrydpk8qarc0sds2t3y", .text(.wrongChecksum)),
  ])
  func `an address, set padding and mistyped text are no recovery strings`(
    text: String, reason: RecoveryStringError
  ) {
    let thrown = refusal { () throws(RecoveryStringError) in _ = try RecoveryString.decode(text) }
    #expect(thrown == reason)
  }

  @Test func `only a seed of 32 bytes becomes a recovery string`() throws {
    let short = try SecretBytes(copying: [1, 2, 3])
    #expect(throws: RecoveryStringError.text(.wrongByteCount(expected: 32))) {
      try RecoveryString.encode(rootSeed: short)
    }
  }
}
