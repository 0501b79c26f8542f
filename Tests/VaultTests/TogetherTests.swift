import ByteLayout
import Testing
import Vault

@Suite struct `Several writes as one transaction` {
  private struct Stopped: Error {}

  private func insert(_ number: Int, _ vault: Vault) throws {
    try vault.write { transaction in
      try transaction.insertClientReference(
        hash: hash(number), keepUntil: 100, ClientReferenceRecord(callHash: FixedBytes(), result: [1]))
    }
  }

  private func isThere(_ number: Int, _ vault: Vault) throws -> Bool {
    try vault.read { try $0.clientReference(hash: hash(number)) != nil }
  }

  @Test func `all of it is kept, and each sees what those before it did`() throws {
    let home = try VaultHome()
    defer { withExtendedLifetime(home) {} }
    let vault = try home.create()
    try vault.together {
      try insert(1, vault)
      #expect(try isThere(1, vault))
      try insert(2, vault)
    }
    #expect(try isThere(1, vault) && isThere(2, vault))
  }

  @Test func `nothing of it is kept when it throws`() throws {
    let home = try VaultHome()
    defer { withExtendedLifetime(home) {} }
    let vault = try home.create()
    #expect(throws: Stopped.self) {
      try vault.together {
        try insert(1, vault)
        throw Stopped()
      }
    }
    #expect(try !isThere(1, vault))
  }

  @Test func `one that fails is dropped alone`() throws {
    let home = try VaultHome()
    defer { withExtendedLifetime(home) {} }
    let vault = try home.create()
    try vault.together {
      try insert(1, vault)
      #expect(throws: VaultError.duplicate) {
        try vault.write { transaction in
          try transaction.insertClientReference(
            hash: hash(2), keepUntil: 1, ClientReferenceRecord(callHash: FixedBytes(), result: []))
          try transaction.insertClientReference(
            hash: hash(1), keepUntil: 1, ClientReferenceRecord(callHash: FixedBytes(), result: []))
        }
      }
    }
    #expect(try isThere(1, vault) && !isThere(2, vault))
  }

  @Test func `an erasure is refused inside of it, and works after it`() throws {
    let home = try VaultHome()
    defer { withExtendedLifetime(home) {} }
    let vault = try home.create()
    _ = try vault.together { #expect(throws: VaultError.notAlone) { try vault.eraseMessages([]) } }
    try vault.eraseMessages([])
  }

  @Test func `old references go, and readers never go back`() throws {
    let home = try VaultHome()
    defer { withExtendedLifetime(home) {} }
    let vault = try home.create()
    try insert(1, vault)
    try vault.write { try $0.deleteClientReferences(before: 101) }
    #expect(try !isThere(1, vault))
    var reader = EventConsumerRecord(
      owner: "o", name: "n", acknowledged: 5, sentUpTo: 7, createdAt: 1, seenAt: 2)
    try vault.write { try $0.setEventConsumer(reader) }
    reader.acknowledged = 3
    try vault.write { try $0.setEventConsumer(reader) }
    #expect(try vault.read { try $0.eventConsumer(owner: "o", name: "n")?.acknowledged } == 5)
    #expect(try vault.read { try $0.eventConsumer(owner: "on", name: "") } == nil)
    #expect(try vault.write { try $0.deleteEventConsumer(owner: "o", name: "n") })
    #expect(try vault.read { try $0.eventConsumers() }.isEmpty)
  }
}
