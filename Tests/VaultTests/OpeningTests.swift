import Foundation
import GRDB
import Primitives
import SecretMemory
import Testing
import Vault

@Suite struct `Creating and opening a vault` {
  @Test func `what was written is there after opening again`() throws {
    let home = try VaultHome()
    do {
      let vault = try home.create()
      try vault.write { try $0.setAccountValue(AccountValue(rawValue: 3), [1, 2, 3]) }
    }
    let vault = try home.open()
    #expect(try vault.read { try $0.accountValue(AccountValue(rawValue: 3)) } == [1, 2, 3])
    #expect(try vault.read { try $0.accountValue(AccountValue(rawValue: 4)) } == nil)
  }

  @Test func `all files are their owner's only`() throws {
    let home = try VaultHome()
    let vault = try home.create()
    try vault.write { try $0.setAccountValue(AccountValue(rawValue: 1), [1]) }
    let names = Set(try FileManager.default.contentsOfDirectory(atPath: home.directory))
    #expect(names.isSuperset(of: ["vault.header", "vault.sqlite", "vault.sqlite-wal", "erasure.key", "vault.lock"]))
    func mode(_ path: String) throws -> Int? {
      try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }
    for name in names { #expect(try mode(home.directory + "/" + name) == 0o600, "\(name)") }
    #expect(try mode(home.directory) == 0o700)
    #expect(try mode(home.keyFile) == 0o600)
    #expect(try Data(contentsOf: URL(fileURLWithPath: home.keyFile)).count == 32)
    withExtendedLifetime(vault) {}
  }

  @Test func `a second opener is refused and told who has it`() throws {
    let home = try VaultHome()
    let vault = try home.create()
    #expect(throws: VaultError.inUse(pid: getpid())) { try home.open() }
    #expect(throws: VaultError.inUse(pid: getpid())) { try home.create() }
    withExtendedLifetime(vault) {}
  }

  @Test func `closing lets the next one in and ends the transactions`() throws {
    let home = try VaultHome()
    let vault = try home.create()
    try vault.close()
    #expect(throws: VaultError.self) { try vault.write { try $0.setAccountValue(AccountValue(rawValue: 1), [1]) } }
    let next = try home.open()
    try vault.close()
    #expect(throws: VaultError.inUse(pid: getpid())) { try home.open() }
    withExtendedLifetime(next) {}
  }

  @Test func `a directory without a vault is told from one with`() throws {
    let home = try VaultHome()
    #expect(throws: VaultError.notFound) { try home.open() }
    #expect(throws: VaultError.notFound) { try Vault.protectionKind(directory: home.directory) }
    do { _ = try home.create() }
    #expect(try Vault.protectionKind(directory: home.directory) == .keyFile)
    #expect(throws: VaultError.alreadyExists) { try home.create() }
  }

  @Test func `a creation that was cut short is begun again`() throws {
    let home = try VaultHome()
    do { _ = try home.create() }
    try FileManager.default.moveItem(atPath: home.header, toPath: home.header + ".new")
    #expect(throws: VaultError.notFound) { try home.open() }
    let vault = try home.create()
    try vault.check()
  }

  @Test func `a database that has lost its header is not overwritten`() throws {
    let home = try VaultHome()
    do { _ = try home.create() }
    try FileManager.default.removeItem(atPath: home.header)
    #expect(throws: VaultError.corrupt(.header)) { try home.create() }
    #expect(FileManager.default.fileExists(atPath: home.database))
  }

  @Test func `every required setting reads back`() throws {
    let home = try VaultHome()
    let expected: [String: Int64] = [
      "secure_delete": 1, "synchronous": 2, "temp_store": 2, "busy_timeout": 5_000, "foreign_keys": 1,
      "trusted_schema": 0,
    ]
    do { #expect(try home.create().connectionSettings() == expected) }
    #expect(try home.open().connectionSettings() == expected)
  }

  @Test func `a vault of a newer version is refused`() throws {
    let home = try VaultHome()
    do { _ = try home.create() }
    try home.tamper("INSERT INTO grdb_migrations (identifier) VALUES ('99: not yet')")
    #expect(throws: VaultError.unsupportedFormat) { try home.open() }
  }

  @Test func `a missing or foreign database is refused`() throws {
    let home = try VaultHome()
    do { _ = try home.create() }
    let other = try VaultHome()
    do { _ = try other.create() }
    try FileManager.default.removeItem(atPath: home.erasureKey)
    #expect(throws: VaultError.corrupt(.erasureKey)) { try home.open() }
    try FileManager.default.copyItem(atPath: other.erasureKey, toPath: home.erasureKey)
    #expect(throws: VaultError.corrupt(.erasureKey)) { try home.open() }
    try FileManager.default.removeItem(atPath: home.database)
    #expect(throws: VaultError.corrupt(.database)) { try home.open() }
    try Data(repeating: 0x41, count: 8_192).write(to: URL(fileURLWithPath: home.database))
    #expect(throws: VaultError.corrupt(.database)) { try home.open() }
  }
}
