import ByteLayout
import Primitives
import SecretMemory
import Testing

// One at a time: each derivation takes 256 MiB.
@Suite(.serialized) struct `Passphrase key` {
  private static let mebibyte: UInt64 = 1_024 * 1_024

  @Test func `the key is Argon2id's at the floor`() throws {
    // Checked with PyNaCl: argon2id.kdf(32, …, salt 00…0f, opslimit 3, memlimit 256 MiB).
    let salt = try FixedBytes<16>([UInt8](0..<16))
    let key = try PassphraseKey.derive(
      passphrase: try SecretBytes(copying: [UInt8]("correct horse battery staple".utf8)), salt: salt, cost: .moderate)
    #expect(text(of: key) == "aad608b5866cef907f47d5cae529ed01a91301c92c5d5fef46e1a65e394e5742")
    let empty = try PassphraseKey.derive(
      passphrase: try SecretBytes(copying: []), salt: salt, cost: .moderate)
    #expect(text(of: empty) == "9edfc582fc2c7141163ddcbcc725e1e785953d86f7865abbb125cb8674045cc7")
  }

  @Test(arguments: [(0, 256), (1, 256), (2, 256), (2, 1_024), (3, 255), (3, 0), (10, 64)] as [(UInt8, UInt64)])
  func `a cost below the floor is refused: it would be a downgrade`(operations: UInt8, mebibytes: UInt64) {
    #expect(throws: PrimitiveError.passphraseParametersOutOfBounds) {
      try PassphraseKey.Cost(operations: operations, memoryByteCount: mebibytes * Self.mebibyte)
    }
  }

  @Test(arguments: [(11, 256), (255, 256), (3, 1_025), (10, 4_096)] as [(UInt8, UInt64)])
  func `a cost above the ceiling is refused: it would exhaust the machine`(operations: UInt8, mebibytes: UInt64) {
    #expect(throws: PrimitiveError.passphraseParametersOutOfBounds) {
      try PassphraseKey.Cost(operations: operations, memoryByteCount: mebibytes * Self.mebibyte)
    }
  }

  @Test func `floor and ceiling themselves are allowed, and a byte beyond is not`() throws {
    let floor = try PassphraseKey.Cost(operations: 3, memoryByteCount: 256 * Self.mebibyte)
    #expect(floor == .moderate)
    let ceiling = try PassphraseKey.Cost(operations: 10, memoryByteCount: 1_024 * Self.mebibyte)
    #expect(ceiling.operations == 10)
    for byteCount in [256 * Self.mebibyte - 1, 1_024 * Self.mebibyte + 1, .max] {
      #expect(throws: PrimitiveError.passphraseParametersOutOfBounds) {
        try PassphraseKey.Cost(operations: 3, memoryByteCount: byteCount)
      }
    }
  }
}
