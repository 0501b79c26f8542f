import Foundation
import Primitives
import SecretMemory
import Testing
import Vault

@Suite struct `What protects a vault` {
  @Test func `a passphrase opens it and another does not`() throws {
    let home = try VaultHome()
    func open(_ passphrase: String) throws -> Vault {
      try Vault.open(
        directory: home.directory, protection: .passphrase(try secret(passphrase)), randomness: try SystemRandomness())
    }
    do {
      let vault = try Vault.create(
        directory: home.directory, protection: .passphrase(try secret("correct horse")),
        randomness: try SystemRandomness())
      try vault.write { try $0.setDeviceValue(DeviceValue(rawValue: 1), [9]) }
    }
    #expect(try Vault.protectionKind(directory: home.directory) == .passphrase)
    #expect(throws: VaultError.wrongKey) { try open("correct horsf") }
    #expect(throws: VaultError.invalidProtection(.emptyPassphrase)) { try open("") }
    #expect(try open("correct horse").read { try $0.deviceValue(DeviceValue(rawValue: 1)) } == [9])
    #expect(throws: VaultError.invalidProtection(.otherKind(.passphrase))) { try home.open() }
  }

  @Test func `an empty passphrase makes no vault`() throws {
    let home = try VaultHome()
    #expect(throws: VaultError.invalidProtection(.emptyPassphrase)) {
      try Vault.create(
        directory: home.directory, protection: .passphrase(try secret("")), randomness: try SystemRandomness())
    }
    #expect(throws: VaultError.notFound) { try home.open() }
  }

  @Test func `another key file does not open it`() throws {
    let home = try VaultHome()
    do { _ = try home.create() }
    try home.edit(home.keyFile) { $0[31] ^= 1 }
    #expect(throws: VaultError.wrongKey) { try home.open() }
    try home.edit(home.keyFile) { $0.removeLast() }
    #expect(throws: VaultError.invalidProtection(.fileSize(31))) { try home.open() }
    try home.edit(home.keyFile) { $0 += [0, 0] }
    #expect(throws: VaultError.invalidProtection(.fileSize(33))) { try home.open() }
    try FileManager.default.removeItem(atPath: home.keyFile)
    #expect(throws: VaultError.invalidProtection(.fileMissing)) { try home.open() }
    #expect(!FileManager.default.fileExists(atPath: home.keyFile))
  }

  @Test func `a key file that is there is used and left as it is`() throws {
    let home = try VaultHome()
    try Data(repeating: 7, count: 32).write(to: URL(fileURLWithPath: home.keyFile))
    #expect(chmod(home.keyFile, 0o600) == 0)
    do { _ = try home.create() }
    #expect(try Data(contentsOf: URL(fileURLWithPath: home.keyFile)) == Data(repeating: 7, count: 32))
    _ = try home.open()
  }

  @Test func `a key file that others can read is refused`() throws {
    let home = try VaultHome()
    do { _ = try home.create() }
    #expect(chmod(home.keyFile, 0o640) == 0)
    #expect(throws: VaultError.invalidProtection(.filePermissions)) { try home.open() }
  }

  @Test func `a key file inside the vault is refused, also through a link`() throws {
    let home = try VaultHome()
    let inside = home.directory + "/key"
    func create(_ path: String) throws {
      _ = try Vault.create(
        directory: home.directory, protection: .keyFile(path: path), randomness: try SystemRandomness())
    }
    #expect(throws: VaultError.invalidProtection(.fileInsideVault)) { try create(inside) }
    #expect(!FileManager.default.fileExists(atPath: inside))
    try Data(repeating: 7, count: 32).write(to: URL(fileURLWithPath: inside))
    try FileManager.default.createSymbolicLink(atPath: home.base + "/link", withDestinationPath: inside)
    #expect(throws: VaultError.invalidProtection(.fileInsideVault)) { try create(home.base + "/link") }
  }

  @Test func `a credential opens it and is never made`() throws {
    let home = try VaultHome()
    func vault(_ make: (borrowing VaultProtection) throws -> Vault) throws -> Vault {
      try make(.credential(path: home.keyFile))
    }
    func create() throws -> Vault {
      try vault { try Vault.create(directory: home.directory, protection: $0, randomness: try SystemRandomness()) }
    }
    #expect(throws: VaultError.invalidProtection(.fileMissing)) { try create() }
    try Data(repeating: 7, count: 32).write(to: URL(fileURLWithPath: home.keyFile))
    do { _ = try create() }
    #expect(throws: VaultError.invalidProtection(.otherKind(.credential))) { try home.open() }
    _ = try vault { try Vault.open(directory: home.directory, protection: $0, randomness: try SystemRandomness()) }
  }
}
