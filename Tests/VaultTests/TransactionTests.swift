import Synchronization
import Testing
import Vault

@Suite struct Transactions {
  struct Stop: Error {}

  /// Throws at one number, and remembers what it was asked.
  private final class Gate: CommitGate {
    let stopBefore: Int?
    let stopAfter: Int?
    let calls = Mutex<[String]>([])

    init(stopBefore: Int? = nil, stopAfter: Int? = nil) {
      self.stopBefore = stopBefore
      self.stopAfter = stopAfter
    }

    func willCommit(_ number: Int) throws {
      calls.withLock { $0.append("will \(number)") }
      if number == stopBefore { throw Stop() }
    }

    func didCommit(_ number: Int) throws {
      calls.withLock { $0.append("did \(number)") }
      if number == stopAfter { throw Stop() }
    }
  }

  private static let key = AccountValue(rawValue: 1)

  @Test func `a throw in the body changes nothing`() throws {
    let home = try VaultHome()
    let vault = try home.create()
    #expect(throws: Stop.self) {
      try vault.write { transaction in
        try transaction.setAccountValue(Self.key, [1])
        throw Stop()
      }
    }
    #expect(try vault.read { try $0.accountValue(Self.key) } == nil)
  }

  @Test func `a gate that throws before the commit rolls back`() throws {
    let home = try VaultHome()
    let gate = Gate(stopBefore: 2)
    do {
      let vault = try home.create(gate: gate)
      try vault.write { try $0.setAccountValue(Self.key, [1]) }
      #expect(throws: Stop.self) { try vault.write { try $0.setAccountValue(Self.key, [2]) } }
      #expect(try vault.read { try $0.accountValue(Self.key) } == [1])
      try vault.write { try $0.setDeviceValue(DeviceValue(rawValue: 1), [3]) }
    }
    #expect(gate.calls.withLock { $0 } == ["will 1", "did 1", "will 2", "will 3", "did 3"])
    #expect(try home.open().read { try $0.accountValue(Self.key) } == [1])
  }

  @Test func `a gate that throws after the commit leaves it durable`() throws {
    let home = try VaultHome()
    let gate = Gate(stopAfter: 1)
    let vault = try home.create(gate: gate)
    #expect(throws: Stop.self) { try vault.write { try $0.setAccountValue(Self.key, [1]) } }
    // The files as they are at this moment, not after an orderly close.
    #expect(try home.copy().open().read { try $0.accountValue(Self.key) } == [1])
    withExtendedLifetime(vault) {}
  }

  @Test func `numbers start anew with every opening, and reads have none`() throws {
    let home = try VaultHome()
    do { try home.create().write { try $0.setAccountValue(Self.key, [1]) } }
    let gate = Gate()
    let vault = try home.open(gate: gate)
    _ = try vault.read { try $0.accountValue(Self.key) }
    try vault.write { _ in }
    try vault.eraseMessages([])
    #expect(gate.calls.withLock { $0 } == ["will 1", "did 1", "will 2", "did 2"])
  }

  @Test func `a read changes nothing`() throws {
    let home = try VaultHome()
    let vault = try home.create()
    #expect(throws: VaultError.self) { try vault.read { try $0.setAccountValue(Self.key, [1]) } }
    #expect(try vault.read { try $0.accountValue(Self.key) } == nil)
  }

  @Test func `a secret may leave a transaction`() throws {
    let home = try VaultHome()
    let vault = try home.create()
    try vault.write { try $0.setDeviceSecret(DeviceSecret(rawValue: 1), try secret("seed")) }
    let read = try vault.read { try $0.deviceSecret(DeviceSecret(rawValue: 1)) }
    let text = try held(read)
    #expect(text == "seed")
    let missing = try vault.read { try $0.deviceSecret(DeviceSecret(rawValue: 2)) == nil }
    #expect(missing)
  }

  @Test func `look-up hashes depend on label, value and vault`() throws {
    let home = try VaultHome()
    let vault = try home.create()
    let other = try VaultHome()
    let otherVault = try other.create()
    let hash = vault.lookup(label: "name", [1, 2])
    #expect(try vault.read { $0.lookup(label: "name", [1, 2]) } == hash)
    #expect(vault.lookup(label: "token", [1, 2]) != hash)
    #expect(vault.lookup(label: "name", [1, 3]) != hash)
    #expect(otherVault.lookup(label: "name", [1, 2]) != hash)
  }
}
