import ByteLayout
import Primitives
import SecretMemory
import Testing
import Vault

@Suite struct `Rows that a transaction keeps` {
  private struct Stopped: Error {}

  private final class Ratchet: KeptRatchet {
    var text: String
    private(set) var timesArchived = 0
    init(_ text: String) { self.text = text }
    func archive() throws -> SecretBytes {
      timesArchived += 1
      return try secret(text)
    }
  }

  private final class BrokenRatchet: KeptRatchet {
    func archive() throws -> SecretBytes { throw VaultError.primitive(.secretMemory(.arenaExhausted(limit: 1))) }
  }

  /// A vault with a conversation, a device and a session with it, and the rows of these.
  private func made(_ home: VaultHome) throws -> (vault: Vault, conversation: Int64, device: Int64, session: Int64) {
    let vault = try home.create()
    return try vault.write { transaction in
      let (_, conversation, device) = try transaction.addConversation()
      let session = try transaction.insertSession(
        SessionRecord(
          sessionHash: hash(1), peerDeviceID: device, purpose: 1, state: 1, createdAt: 1, confirmedAt: 0, body: []),
        archive: try secret("first"), exporters: try secret("exporters"))
      return (vault, conversation, device, session)
    }
  }

  private func said(_ vault: Vault, at milliseconds: Int64, in id: Int64) throws {
    try vault.write { try said($0, at: milliseconds, in: id) }
  }

  private func said(_ transaction: VaultTransaction, at milliseconds: Int64, in id: Int64) throws {
    var conversation = try #require(try transaction.conversation(id: id))
    conversation.lastMessageAtMilliseconds = milliseconds
    try transaction.updateConversation(conversation)
  }

  private func lastSaid(_ vault: Vault, _ id: Int64) throws -> Int64? {
    try vault.read { try $0.conversation(id: id)?.lastMessageAtMilliseconds }
  }

  @Test func `what has changed many times is written once, at the end`() throws {
    let home = try VaultHome()
    let (vault, conversation, device, session) = try made(home)
    let ratchet = Ratchet("second")
    try vault.write { transaction in
      for number in 1...100 {
        _ = try transaction.noteReceived(peerDeviceID: device, pairSeq: UInt64(number))
        try said(transaction, at: Int64(number), in: conversation)
        try transaction.keep(ratchet, sessionID: session, isChanged: true)
      }
      #expect(ratchet.timesArchived == 0)
    }
    #expect(ratchet.timesArchived == 1)
    try vault.read { transaction throws in
      #expect(try transaction.peerDevice(id: device)?.receivedUpTo == 100)
      #expect(try transaction.conversation(id: conversation)?.lastMessageAtMilliseconds == 100)
      #expect(try held(try transaction.sessionArchive(id: session)) == "second")
    }
  }

  @Test func `every other way to read them shows the change at once`() throws {
    let home = try VaultHome()
    let (vault, conversation, device, session) = try made(home)
    try vault.write { transaction in
      try said(transaction, at: 7, in: conversation)
      _ = try transaction.noteReceived(peerDeviceID: device, pairSeq: 1)
      try transaction.keep(Ratchet("second"), sessionID: session, isChanged: true)
      let record = try #require(try transaction.peerDevice(id: device))
      #expect(try transaction.conversations().map(\.lastMessageAtMilliseconds) == [7])
      #expect(try transaction.conversation(contactID: record.contactID)?.lastMessageAtMilliseconds == 7)
      #expect(try transaction.peerDevices(contactID: record.contactID).map(\.receivedUpTo) == [1])
      #expect(try transaction.peerDevice(keyHash: record.keyHash)?.receivedUpTo == 1)
      #expect(try held(try transaction.sessionArchive(id: session)) == "second")
      // A transaction inside this one, and a snapshot of it.
      try said(vault, at: 8, in: conversation)
      #expect(try lastSaid(vault, conversation) == 8)
      #expect(try transaction.conversation(id: conversation)?.lastMessageAtMilliseconds == 8)
    }
    #expect(try lastSaid(vault, conversation) == 8)
  }

  @Test func `a savepoint drops what has changed since, and nothing before`() throws {
    let home = try VaultHome()
    let (vault, conversation, device, session) = try made(home)
    try vault.write { transaction in
      try said(transaction, at: 1, in: conversation)
      _ = try transaction.noteReceived(peerDeviceID: device, pairSeq: 1)
      let ratchet = Ratchet("second")
      try transaction.keep(ratchet, sessionID: session, isChanged: true)
      try transaction.savepoint {
        try said(transaction, at: 2, in: conversation)
        _ = try transaction.noteReceived(peerDeviceID: device, pairSeq: 2)
        ratchet.text = "third"
        try transaction.keep(ratchet, sessionID: session, isChanged: true)
        return false
      }
      #expect(try transaction.conversation(id: conversation)?.lastMessageAtMilliseconds == 1)
      #expect(try transaction.peerDevice(id: device)?.receivedUpTo == 1)
      #expect(transaction.keptRatchet(sessionID: session) == nil)
      #expect(try held(try transaction.sessionArchive(id: session)) == "second")
      try transaction.savepoint {
        try said(transaction, at: 3, in: conversation)
        return true
      }
    }
    #expect(try lastSaid(vault, conversation) == 3)
  }

  @Test func `a transaction inside that throws drops nothing of the one around it`() throws {
    let home = try VaultHome()
    let (vault, conversation, device, _) = try made(home)
    try vault.write { transaction in
      try said(transaction, at: 5, in: conversation)
      #expect(throws: Stopped.self) {
        try vault.write { inner in
          try said(inner, at: 6, in: conversation)
          _ = try inner.noteReceived(peerDeviceID: device, pairSeq: 1)
          throw Stopped()
        }
      }
      #expect(try transaction.conversation(id: conversation)?.lastMessageAtMilliseconds == 5)
      #expect(try transaction.peerDevice(id: device)?.receivedUpTo == 0)
    }
    #expect(try lastSaid(vault, conversation) == 5)
  }

  @Test func `a transaction that throws has written nothing`() throws {
    let home = try VaultHome()
    let (vault, conversation, _, session) = try made(home)
    #expect(throws: Stopped.self) {
      try vault.write { transaction in
        try said(transaction, at: 5, in: conversation)
        throw Stopped()
      }
    }
    #expect(throws: VaultError.primitive(.secretMemory(.arenaExhausted(limit: 1)))) {
      try vault.write { transaction in
        try said(transaction, at: 6, in: conversation)
        try transaction.keep(BrokenRatchet(), sessionID: session, isChanged: true)
      }
    }
    #expect(try lastSaid(vault, conversation) == 1)
    #expect(try vault.read { try held(try $0.sessionArchive(id: session)) } == "first")
  }

  @Test func `with a contact goes all that was kept of it`() throws {
    let home = try VaultHome()
    let (vault, conversation, device, session) = try made(home)
    try vault.write { transaction in
      try said(transaction, at: 5, in: conversation)
      var record = try #require(try transaction.peerDevice(id: device))
      try transaction.setHealing([1], peerDeviceID: device)
      #expect(try transaction.healing(peerDeviceID: device) == [1])
      try transaction.keep(Ratchet("second"), sessionID: session, isChanged: true)
      try transaction.deleteContact(id: record.contactID)
      #expect(try transaction.conversation(id: conversation) == nil)
      #expect(try transaction.peerDevice(id: device) == nil)
      #expect(try transaction.peerDevice(keyHash: record.keyHash) == nil)
      #expect(try transaction.healing(peerDeviceID: device) == nil)
      #expect(try transaction.session(id: session) == nil)
      #expect(transaction.keptRatchet(sessionID: session) == nil)
      record.nextPairSeq = 9
      #expect(throws: VaultError.notStored) { try transaction.updatePeerDevice(record) }
    }
  }

  @Test func `what was read is read again once it was written`() throws {
    let home = try VaultHome()
    let (vault, _, device, _) = try made(home)
    try vault.write { transaction in
      #expect(try transaction.healing(peerDeviceID: device) == nil)
      try transaction.setHealing([1], peerDeviceID: device)
      #expect(try transaction.healing(peerDeviceID: device) == [1])
      try transaction.setHealing([2], peerDeviceID: device)
      #expect(try transaction.healing(peerDeviceID: device) == [2])
      #expect(try transaction.peerTimer(peerDeviceID: device, kind: 1) == nil)
      try transaction.setPeerTimer(peerDeviceID: device, kind: 1, dueAtMilliseconds: 3)
      #expect(try transaction.peerTimer(peerDeviceID: device, kind: 1) == 3)
      #expect(try transaction.peerTimer(peerDeviceID: device, kind: 2) == nil)
      try transaction.clearPeerTimer(peerDeviceID: device, kind: 1)
      #expect(try transaction.peerTimer(peerDeviceID: device, kind: 1) == nil)
    }
  }

  @Test func `a device's new key is there at once, and finds it`() throws {
    let home = try VaultHome()
    let (vault, _, device, _) = try made(home)
    try vault.write { transaction in
      var record = try #require(try transaction.peerDevice(id: device))
      record.keyHash = hash(77)
      try transaction.updatePeerDevice(record)
      #expect(try transaction.peerDevice(keyHash: hash(77)) == record)
      #expect(try transaction.peerDevice(keyHash: hash(1)) == nil)
    }
  }

  @Test func `more ratchets than there is room for are archived on the way`() throws {
    let home = try VaultHome()
    let (vault, _, device, _) = try made(home)
    let sessions = try vault.write { transaction in
      try (2...100).map { number in
        try transaction.insertSession(
          SessionRecord(
            sessionHash: hash(number), peerDeviceID: device, purpose: 1, state: 1, createdAt: 1, confirmedAt: 0,
            body: []), archive: try secret("first"), exporters: try secret("exporters"))
      }
    }
    try vault.write { transaction in
      let ratchets = sessions.map { Ratchet("of \($0)") }
      for (session, ratchet) in zip(sessions, ratchets) {
        try transaction.keep(ratchet, sessionID: session, isChanged: true)
      }
      // They lie in locked memory: it does not hold them all.
      #expect(ratchets.count { $0.timesArchived == 0 } <= 32)
    }
    try vault.read { transaction throws in
      for session in sessions { #expect(try held(try transaction.sessionArchive(id: session)) == "of \(session)") }
    }
  }

  @Test func `a read refuses a change that would wait`() throws {
    let home = try VaultHome()
    let (vault, conversation, device, session) = try made(home)
    try vault.read { transaction throws in
      #expect(throws: VaultError.database(code: 8)) { try said(transaction, at: 5, in: conversation) }
      #expect(throws: VaultError.database(code: 8)) { try transaction.noteReceived(peerDeviceID: device, pairSeq: 1) }
      #expect(throws: VaultError.database(code: 8)) {
        try transaction.keep(Ratchet("second"), sessionID: session, isChanged: true)
      }
    }
    #expect(try lastSaid(vault, conversation) == 1)
  }
}
