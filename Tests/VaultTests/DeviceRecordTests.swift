import SecretMemory
import Testing
import Vault

@Suite struct `Records of the device and its peers` {
  @Test func `mailboxes`() throws {
    let home = try VaultHome()
    let vault = try home.create()
    try vault.write { transaction in
      var record = MailboxRecord(body: [1])
      record.id = try transaction.insertMailbox(record, seed: try secret("seed"))
      record.body = [2, 3]
      try transaction.updateMailbox(record)
      #expect(try transaction.mailboxes() == [record])
      #expect(try transaction.mailbox(id: record.id) == record)
      #expect(try held(try transaction.mailboxSeed(id: record.id)) == "seed")
    }
  }

  @Test func `sealing keys are superseded and deleted with their private keys`() throws {
    let home = try VaultHome()
    let vault = try home.create()
    try vault.write { transaction in
      #expect(try transaction.currentSealingKey() == nil)
      #expect(try transaction.greatestSealingKeyID() == 0)
      for id: UInt32 in [1, 2, 5] {
        try transaction.insertSealingKey(
          SealingKeyRecord(sealID: id, createdAt: Int64(id)), privateKey: try secret("key \(id)"))
      }
      #expect(try transaction.currentSealingKey() == SealingKeyRecord(sealID: 5, createdAt: 5))
      try transaction.supersedeSealingKeys(before: 2, at: 100)
      try transaction.supersedeSealingKeys(before: 5, at: 200)
      #expect(try transaction.sealingKeys().map(\.supersededAt) == [100, 200, nil])
      #expect(try transaction.deleteSupersededSealingKeys(before: 100) == 0)
      #expect(try transaction.deleteSupersededSealingKeys(before: 200) == 1)
      #expect(try transaction.sealingKey(sealID: 1) == nil)
      #expect(try isMissing(try transaction.sealingKeyPrivate(sealID: 1)))
      #expect(try held(try transaction.sealingKeyPrivate(sealID: 2)) == "key 2")
    }
  }

  @Test func `a prekey number is never used twice, not even after deletion`() throws {
    let home = try VaultHome()
    let vault = try home.create()
    try vault.write { transaction in
      func insert(_ id: UInt32) throws {
        try transaction.insertOneTimePrekey(
          OneTimePrekeyRecord(id: id, createdAt: 1, body: [UInt8(id)]), privateKey: try secret("key \(id)"))
      }
      for id: UInt32 in 1...4 { try insert(id) }
      try transaction.deleteOneTimePrekey(id: 4)
      #expect(throws: VaultError.notStored) { try transaction.deleteOneTimePrekey(id: 4) }
      #expect(throws: VaultError.identifierUsed(4)) { try insert(4) }
      #expect(throws: VaultError.identifierUsed(2)) { try insert(2) }
      #expect(throws: VaultError.outOfRange) { try insert(0) }
      #expect(try transaction.greatestOneTimePrekeyID() == 4)
      #expect(try transaction.liveOneTimePrekeyCount() == 3)
      #expect(try transaction.oneTimePrekey(id: 3)?.body == [3])
      try transaction.supersedeAllOneTimePrekeys(at: 50)
      try insert(5)
      #expect(try transaction.liveOneTimePrekeys().map(\.id) == [5])
      #expect(try held(try transaction.oneTimePrekeyPrivate(id: 3)) == "key 3")
      #expect(try transaction.deleteSupersededOneTimePrekeys(before: 51) == 3)
      #expect(try isMissing(try transaction.oneTimePrekeyPrivate(id: 3)))
    }
  }

  @Test func `signed prekeys`() throws {
    let home = try VaultHome()
    let vault = try home.create()
    try vault.write { transaction in
      let record = SignedPrekeyRecord(bundleID: .max, createdAt: 4, body: [1, 2])
      try transaction.insertSignedPrekey(record, privateKey: try secret("key"))
      #expect(try transaction.signedPrekey(bundleID: .max) == record)
      #expect(try transaction.currentSignedPrekey() == record)
      #expect(try transaction.signedPrekeys() == [record])
      #expect(try transaction.greatestSignedPrekeyID() == .max)
      #expect(try held(try transaction.signedPrekeyPrivate(bundleID: .max)) == "key")
    }
  }

  @Test func `peer devices`() throws {
    let home = try VaultHome()
    let vault = try home.create()
    try vault.write { transaction in
      let contact = try transaction.addContact(1)
      var record = PeerDeviceRecord(contactID: contact, deviceNumber: 2, keyHash: hash(2), body: [1])
      record.id = try transaction.insertPeerDevice(record)
      let first = try transaction.insertPeerDevice(
        PeerDeviceRecord(contactID: contact, deviceNumber: 1, keyHash: hash(1), body: []))
      #expect(try transaction.peerDevice(keyHash: hash(2)) == record)
      #expect(try transaction.peerDevices(contactID: contact).map(\.id) == [first, record.id])
      record.nextPairSeq = 77
      record.acknowledgedUpTo = 5
      record.receivedUpTo = 4
      record.body = []
      try transaction.updatePeerDevice(record)
      #expect(try transaction.peerDevice(id: record.id) == record)
      record.receivedUpTo = 1
      try transaction.updatePeerDevice(record)
      #expect(try transaction.peerDevice(id: record.id)?.receivedUpTo == 4, "never back")
      record.nextPairSeq = 1 << 63
      #expect(throws: VaultError.outOfRange) { try transaction.updatePeerDevice(record) }
      record.contactID = 99
      record.nextPairSeq = 1
      #expect(throws: VaultError.notStored) { try transaction.updatePeerDevice(record) }
    }
  }

  @Test func `sessions`() throws {
    let home = try VaultHome()
    let vault = try home.create()
    try vault.write { transaction in
      let device = try transaction.addConversation().device
      var record = SessionRecord(
        sessionHash: hash(1), peerDeviceID: device, purpose: 1, state: 2, createdAt: 3, confirmedAt: 4, body: [5])
      let archive = try SecretBytes(byteCount: 200_000) { $0.storeBytes(of: 9, toByteOffset: 199_999, as: UInt8.self) }
      record.id = try transaction.insertSession(record, archive: archive, exporters: try secret("exporters"))
      #expect(throws: VaultError.duplicate) {
        try transaction.insertSession(record, archive: try secret("a"), exporters: try secret("b"))
      }
      #expect(try transaction.session(sessionHash: hash(1)) == record)
      let read = bytes(try transaction.sessionArchive(id: record.id))
      #expect(read.count == 200_000 && read.last == 9)
      record.state = 7
      record.confirmedAt = 8
      try transaction.updateSession(record)
      try transaction.setSessionArchive(try secret("next"), id: record.id)
      #expect(try transaction.session(id: record.id) == record)
      #expect(try held(try transaction.sessionArchive(id: record.id)) == "next")
      #expect(try held(try transaction.sessionExporters(id: record.id)) == "exporters")
      #expect(try transaction.sessions(peerDeviceID: device) == [record])
      #expect(try transaction.sessionCount(peerDeviceID: device) == 1)
      try transaction.deleteSession(id: record.id)
      #expect(try transaction.sessionCount(peerDeviceID: device) == 0)
      #expect(throws: VaultError.notStored) { try held(try transaction.sessionArchive(id: record.id)) }
    }
  }
}
