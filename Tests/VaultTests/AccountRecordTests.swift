import Testing
import Vault

@Suite struct `Records of the account` {
  @Test func `values are set and replaced`() throws {
    let home = try VaultHome()
    let vault = try home.create()
    try vault.write { transaction in
      let key = AccountValue(rawValue: 5)
      #expect(try transaction.accountValue(key) == nil)
      try transaction.setAccountValue(key, [1])
      try transaction.setAccountValue(key, [])
      #expect(try transaction.accountValue(key) == [])
      try transaction.setDeviceValue(DeviceValue(rawValue: 5), [UInt8](repeating: 7, count: 70_000))
      #expect(try transaction.deviceValue(DeviceValue(rawValue: 5))?.count == 70_000)
      #expect(try transaction.accountValue(key) == [])
      let secretKey = DeviceSecret(rawValue: 5)
      try transaction.setDeviceSecret(secretKey, try secret("first"))
      try transaction.setDeviceSecret(secretKey, try secret("a longer second one, of more than thirty-two bytes"))
      #expect(
        try held(try transaction.deviceSecret(secretKey)) == "a longer second one, of more than thirty-two bytes")
    }
  }

  @Test func `contacts`() throws {
    let home = try VaultHome()
    let vault = try home.create()
    try vault.write { transaction in
      var record = ContactRecord(
        accountHash: hash(1), nameHash: hash(2), createdAt: -5, status: 3, body: [1, 2, 3])
      record.id = try transaction.insertContact(record)
      #expect(try transaction.contact(id: record.id) == record)
      #expect(try transaction.contact(accountHash: hash(1)) == record)
      #expect(try transaction.contact(nameHash: hash(2)) == record)
      #expect(try transaction.contact(nameHash: hash(1)) == nil)
      record.nameHash = hash(3)
      record.status = 4
      record.body = []
      try transaction.updateContact(record)
      #expect(try transaction.contacts() == [record])

      let second = try transaction.addContact(9)
      #expect(throws: VaultError.duplicate) { try transaction.addContact(9) }
      record.accountHash = hash(9)
      #expect(throws: VaultError.duplicate) { try transaction.updateContact(record) }
      #expect(try transaction.contacts().map(\.id) == [record.id, second])
      record.id = 99
      record.accountHash = hash(10)
      record.nameHash = hash(11)
      #expect(throws: VaultError.notStored) { try transaction.updateContact(record) }
      #expect(throws: VaultError.notStored) { try transaction.deleteContact(id: 99) }
    }
  }

  @Test func `a contact's secrets`() throws {
    let home = try VaultHome()
    let vault = try home.create()
    try vault.write { transaction in
      let id = try transaction.addContact(1)
      #expect(try isMissing(try transaction.theirSlotSecret(contactID: id)))
      try transaction.setTheirSlotSecret(try secret("slot"), contactID: id)
      try transaction.setInviteToken(try secret("token"), contactID: id)
      #expect(try held(try transaction.theirSlotSecret(contactID: id)) == "slot")
      #expect(try held(try transaction.inviteToken(contactID: id)) == "token")
      try transaction.updateContact(try #require(try transaction.contact(id: id)))
      #expect(try held(try transaction.theirSlotSecret(contactID: id)) == "slot")
      try transaction.clearInviteToken(contactID: id)
      try transaction.clearTheirSlotSecret(contactID: id)
      #expect(try isMissing(try transaction.inviteToken(contactID: id)))
      #expect(try isMissing(try transaction.theirSlotSecret(contactID: id)))
      #expect(throws: VaultError.notStored) {
        try transaction.setInviteToken(try secret("token"), contactID: 99)
      }
    }
  }

  @Test func `a slot is given to one contact and goes with it`() throws {
    let home = try VaultHome()
    let vault = try home.create()
    try vault.write { transaction in
      let first = try transaction.addContact(1)
      let second = try transaction.addContact(2)
      let slots = try (1...3).map { number in
        try transaction.insertSlot(SlotRecord(registeredUntilDay: UInt32(number)), secret: try secret("slot \(number)"))
      }
      #expect(try transaction.freeSlots().map(\.id) == slots)
      try transaction.assignSlot(id: slots[0], contactID: first)
      #expect(throws: VaultError.notStored) { try transaction.assignSlot(id: slots[0], contactID: second) }
      #expect(throws: VaultError.notStored) { try transaction.assignSlot(id: slots[1], contactID: 99) }
      #expect(try transaction.slot(contactID: first)?.id == slots[0])
      #expect(try transaction.slot(contactID: second) == nil)
      #expect(try transaction.freeSlots().map(\.id) == [slots[1], slots[2]])
      #expect(try transaction.slots(registeredBefore: 3).map(\.id) == [slots[0], slots[1]])
      try transaction.setSlotsRegistered(ids: [slots[0]], untilDay: .max)
      #expect(try transaction.slots(registeredBefore: 3).map(\.id) == [slots[1]])
      #expect(try held(try transaction.slotSecret(id: slots[2])) == "slot 3")
      try transaction.deleteContact(id: first)
      #expect(try transaction.slotCount() == 2)
      #expect(try transaction.freeSlots().map(\.id) == [slots[1], slots[2]])
      #expect(throws: VaultError.notStored) { try held(try transaction.slotSecret(id: slots[0])) }
    }
  }

  @Test func `invites`() throws {
    let home = try VaultHome()
    let vault = try home.create()
    try vault.write { transaction in
      let contact = try transaction.addContact(1)
      var record = InviteRecord(
        tokenHash: hash(1), kind: 2, state: 1, createdAt: 10, expiresAt: 20, body: [4])
      record.id = try transaction.insertInvite(record, token: try secret("0123456789abcdef"))
      #expect(throws: VaultError.duplicate) { try transaction.insertInvite(record, token: try secret("x")) }
      #expect(try transaction.invite(tokenHash: hash(1)) == record)
      #expect(try transaction.invite(id: record.id) == record)
      #expect(try transaction.invites(state: 1) == [record])
      record.state = 2
      record.contactID = contact
      try transaction.updateInvite(record)
      #expect(try transaction.invites(state: 1) == [])
      #expect(try transaction.invites(state: 2) == [record])
      #expect(try held(try transaction.inviteToken(inviteID: record.id)) == "0123456789abcdef")
      try transaction.deleteContact(id: contact)
      #expect(try transaction.invite(id: record.id)?.contactID == nil)
    }
  }

  @Test func `row ids are never used again`() throws {
    let home = try VaultHome()
    do {
      let vault = try home.create()
      try vault.write { transaction in
        #expect(try transaction.addContact(1) == 1)
        #expect(try transaction.addContact(2) == 2)
        try transaction.deleteContact(id: 2)
        #expect(try transaction.addContact(3) == 3)
        try transaction.deleteContact(id: 3)
        try transaction.deleteContact(id: 1)
      }
    }
    #expect(try home.open().write { try $0.addContact(4) } == 4)
  }
}
