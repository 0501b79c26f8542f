import Foundation
import Primitives
import SecretMemory
import Testing
import Vault

@Suite struct `Changing what protects a vault` {
  private struct Stop: Error {}

  private static func rekey(_ home: VaultHome, stopAfter step: RekeyStep? = nil) throws {
    try Vault.rekey(
      directory: home.directory, from: .keyFile(path: home.keyFile), to: .keyFile(path: home.base + "/other"),
      randomness: try SystemRandomness()
    ) { if $0 == step { throw Stop() } }
  }

  private static func openWithOther(_ home: VaultHome) throws -> Vault {
    try Vault.open(
      directory: home.directory, protection: .keyFile(path: home.base + "/other"), randomness: try SystemRandomness())
  }

  @Test func `the new key opens it, the old one does not, and everything is there`() throws {
    let home = try VaultHome()
    do { try `Erasing messages`.fill(try home.create()) }
    let old = try Data(contentsOf: URL(fileURLWithPath: home.header))
    try Self.rekey(home)
    #expect(throws: VaultError.wrongKey) { try home.open() }
    try `Erasing messages`.expect(try Self.openWithOther(home), erased: false)
    #expect(try home.filesContaining(old.dropFirst(27).prefix(72)) == [], "the old wrapping is gone")
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: home.directory).allSatisfy { !$0.hasPrefix("vault.header.") })
  }

  @Test func `a passphrase takes the place of a key file, and a wrong one is refused`() throws {
    let home = try VaultHome()
    do { _ = try home.create() }
    try Vault.rekey(
      directory: home.directory, from: .keyFile(path: home.keyFile), to: .passphrase(try secret("new words")),
      randomness: try SystemRandomness())
    #expect(try Vault.protectionKind(directory: home.directory) == .passphrase)
    #expect(throws: VaultError.invalidProtection(.otherKind(.passphrase))) { try home.open() }
    #expect(throws: VaultError.wrongKey) {
      try Vault.open(
        directory: home.directory, protection: .passphrase(try secret("old words")), randomness: try SystemRandomness())
    }
    _ = try Vault.open(
      directory: home.directory, protection: .passphrase(try secret("new words")), randomness: try SystemRandomness())
  }

  @Test func `a wrong old key changes nothing`() throws {
    let home = try VaultHome()
    do { _ = try home.create() }
    let before = try home.files()
    try Data(repeating: 7, count: 32).write(to: URL(fileURLWithPath: home.base + "/wrong"))
    #expect(chmod(home.base + "/wrong", 0o600) == 0)
    #expect(throws: VaultError.wrongKey) {
      try Vault.rekey(
        directory: home.directory, from: .keyFile(path: home.base + "/wrong"), to: .keyFile(path: home.base + "/other"),
        randomness: try SystemRandomness())
    }
    #expect(try home.files()["vault.header"] == before["vault.header"])
    _ = try home.open()
  }

  @Test(arguments: RekeyStep.allCases) func `a crash at any step leaves a vault that opens`(step: RekeyStep) throws {
    let home = try VaultHome()
    do { try `Erasing messages`.fill(try home.create()) }
    #expect(throws: Stop.self) { try Self.rekey(home, stopAfter: step) }
    if step == .prepared {
      try `Erasing messages`.expect(try home.open(), erased: false)
    } else {
      #expect(throws: VaultError.wrongKey) { try home.open() }
      try `Erasing messages`.expect(try Self.openWithOther(home), erased: false)
    }
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: home.directory).allSatisfy { !$0.hasPrefix("vault.header.") })
  }

  @Test func `a vault in use is not rekeyed`() throws {
    let home = try VaultHome()
    let vault = try home.create()
    #expect(throws: VaultError.inUse(pid: getpid())) { try Self.rekey(home) }
    withExtendedLifetime(vault) {}
  }
}
