import Foundation
import Primitives
import SecretMemory
import Testing
import Vault

@Suite struct `The header` {
  @Test func `no altered byte of it opens`() throws {
    let home = try VaultHome()
    do { _ = try home.create() }
    for index in 0..<131 {
      try home.edit(home.header) { $0[index] ^= 0x40 }
      #expect(throws: VaultError.self, "byte \(index)") { try home.open() }
      try home.edit(home.header) { $0[index] ^= 0x40 }
    }
    _ = try home.open()
  }

  @Test(arguments: [0, 1, 27, 99, 130]) func `a truncated one is refused`(byteCount: Int) throws {
    let home = try VaultHome()
    do { _ = try home.create() }
    try home.edit(home.header) { $0 = [UInt8]($0.prefix(byteCount)) }
    #expect(throws: VaultError.corrupt(.header)) { try home.open() }
  }

  @Test func `a longer one is refused`() throws {
    let home = try VaultHome()
    do { _ = try home.create() }
    try home.edit(home.header) { $0.append(0) }
    #expect(throws: VaultError.corrupt(.header)) { try home.open() }
  }

  @Test func `a format of later days is told from damage`() throws {
    let home = try VaultHome()
    do { _ = try home.create() }
    try home.edit(home.header) { $0[0] = 2 }
    #expect(throws: VaultError.unsupportedFormat) { try home.open() }
  }

  /// passes, memory in MiB
  @Test(arguments: [(2, 256), (0, 256), (3, 255), (3, 0), (11, 256), (3, 1_025)])
  func `a cost below the floor or above the ceiling is refused before it is paid`(
    passes: UInt8, mebibytes: UInt64
  ) throws {
    let home = try VaultHome()
    do { _ = try home.create() }
    try home.edit(home.header) { header in
      header[1] = 1
      header[2] = passes
      for index in 0..<8 { header[3 + index] = UInt8(truncatingIfNeeded: (mebibytes << 20) >> UInt64(56 - 8 * index)) }
    }
    #expect(throws: VaultError.invalidProtection(.costOutOfBounds)) {
      try Vault.open(
        directory: home.directory, protection: .passphrase(try secret("correct horse")),
        randomness: try SystemRandomness())
    }
  }

  @Test func `a key file has no cost`() throws {
    let home = try VaultHome()
    do { _ = try home.create() }
    try home.edit(home.header) { $0[2] = 3 }
    #expect(throws: VaultError.corrupt(.header)) { try home.open() }
  }
}
