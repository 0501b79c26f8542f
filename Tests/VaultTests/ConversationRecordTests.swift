import Testing
import Vault

@Suite struct `Records of conversations` {
  @Test func `conversations, the latest first`() throws {
    let home = try VaultHome()
    let vault = try home.create()
    try vault.write { transaction in
      var records: [ConversationRecord] = []
      for number in 1...3 {
        var record = ConversationRecord(
          contactID: try transaction.addContact(number), createdAt: 1, lastMessageAtMilliseconds: Int64(number),
          body: [UInt8(number)])
        record.id = try transaction.insertConversation(record)
        records.append(record)
      }
      #expect(try transaction.conversations() == records.reversed())
      records[0].lastMessageAtMilliseconds = 10
      records[0].body = [9]
      try transaction.updateConversation(records[0])
      #expect(try transaction.conversations().map(\.id) == [1, 3, 2])
      #expect(try transaction.conversation(contactID: records[0].contactID) == records[0])
      #expect(try transaction.conversation(id: 2) == records[1])
      #expect(throws: VaultError.duplicate) { try transaction.insertConversation(records[0]) }
    }
  }

  @Test func `a message with all its fields`() throws {
    let home = try VaultHome()
    let vault = try home.create()
    try vault.write { transaction in
      let conversation = try transaction.addConversation().conversation
      var record = MessageRecord(
        conversationID: conversation, midHash: hash(1), direction: .outgoing, contentKind: 3,
        sentAtMilliseconds: 1_790_000_000_123, state: 2, storedAt: 1, deliveredAt: 2, readAt: 3, playedAt: 4,
        deadline: 5, rev: 6)
      record.id = try transaction.insertMessage(record, content: [1, 2, 3])
      #expect(try transaction.message(id: record.id) == record)
      #expect(try transaction.message(midHash: hash(1)) == record)
      #expect(try transaction.messageContent(id: record.id) == [1, 2, 3])
      #expect(throws: VaultError.duplicate) { try transaction.insertMessage(record, content: []) }
      record.storedAt = nil
      record.readAt = nil
      record.deadline = nil
      record.state = 200
      record.rev = .max
      try transaction.updateMessage(record)
      #expect(try transaction.message(id: record.id) == record)
      #expect(try transaction.messageContent(id: record.id) == [1, 2, 3])
      #expect(try transaction.message(id: 99) == nil)
    }
  }

  @Test func `pages from the newest back, in either order`() throws {
    let home = try VaultHome()
    let vault = try home.create()
    try vault.write { transaction in
      let conversation = try transaction.addConversation().conversation
      for number in 1...7 { try transaction.addMessage(number, in: conversation, "") }
      func page(before id: Int64?, _ limit: Int, ascending: Bool) throws -> [Int64] {
        try transaction.messages(conversationID: conversation, before: id, limit: limit, ascending: ascending).map(\.id)
      }
      #expect(try page(before: nil, 3, ascending: false) == [7, 6, 5])
      #expect(try page(before: nil, 3, ascending: true) == [5, 6, 7])
      #expect(try page(before: 5, 3, ascending: true) == [2, 3, 4])
      #expect(try page(before: 2, 3, ascending: true) == [1])
      #expect(try page(before: nil, 0, ascending: true) == [])
      #expect(try transaction.messages(conversationID: 99, limit: 3, ascending: true) == [])
    }
  }

  @Test func `unread are the incoming ones without a read time`() throws {
    let home = try VaultHome()
    let vault = try home.create()
    try vault.write { transaction in
      let conversation = try transaction.addConversation().conversation
      for number in 1...4 { try transaction.addMessage(number, in: conversation, "") }
      try transaction.insertMessage(
        MessageRecord(
          conversationID: conversation, midHash: hash(5), direction: .outgoing, contentKind: 1, sentAtMilliseconds: 1,
          state: 0), content: [])
      func unread(upTo id: Int64) throws -> [Int64] {
        try transaction.unreadMessages(conversationID: conversation, upTo: id).map(\.id)
      }
      #expect(try unread(upTo: 3) == [1, 2, 3])
      var message = try #require(try transaction.message(id: 2))
      message.readAt = 1
      try transaction.updateMessage(message)
      #expect(try unread(upTo: .max) == [1, 3, 4])
    }
  }

  @Test func `events go on counting, and consumers never go back`() throws {
    let home = try VaultHome()
    let vault = try home.create()
    try vault.write { transaction in
      let conversation = try transaction.addConversation().conversation
      let message = try transaction.addMessage(1, in: conversation, "")
      #expect(try transaction.greatestEventSeq() == 0)
      var first = EventRecord(type: 1, messageID: message, rev: 2, at: 3, body: [4])
      first.seq = try transaction.appendEvent(first)
      var second = EventRecord(type: 2, at: 3, body: [])
      second.seq = try transaction.appendEvent(second)
      var third = EventRecord(type: 3, at: 3)
      third.seq = try transaction.appendEvent(third)
      #expect(try transaction.events(after: 0, limit: 9) == [first, second, third])
      #expect(try transaction.events(after: first.seq, limit: 1) == [second])
      #expect(try transaction.greatestEventSeq() == third.seq)

      #expect(try transaction.consumerAcknowledged(name: "cli") == 0)
      try transaction.setConsumerAcknowledged(name: "cli", 2)
      try transaction.setConsumerAcknowledged(name: "cli", 1)
      #expect(try transaction.consumerAcknowledged(name: "cli") == 2)
      #expect(try transaction.consumerAcknowledged(name: "page") == 0)
    }
  }

  @Test func `the outbox`() throws {
    let home = try VaultHome()
    let vault = try home.create()
    try vault.write { transaction in
      let ids = try transaction.addConversation()
      let message = try transaction.addMessage(1, in: ids.conversation, "")
      var record = OutboxRecord(
        contactID: ids.contact, messageID: message, kind: 1, state: 1, notBeforeMilliseconds: 100, giveUpAt: 200,
        body: [1])
      record.id = try transaction.insertOutbox(record)
      var later = OutboxRecord(
        contactID: ids.contact, peerDeviceID: ids.device, kind: 2, state: 2, pairSeq: .max, attempts: 3,
        notBeforeMilliseconds: 150, giveUpAt: 200, body: [])
      later.id = try transaction.insertOutbox(later)
      #expect(try transaction.outbox(id: later.id) == later)
      #expect(try transaction.outboxDue(atMilliseconds: 99, limit: 9) == [])
      #expect(try transaction.outboxDue(atMilliseconds: 150, limit: 9) == [record], "the other waits behind it")
      #expect(try transaction.outboxDue(atMilliseconds: 150, after: record.position, limit: 9) == [])
      #expect(try transaction.nextOutboxMilliseconds() == 100)
      #expect(try transaction.firstInOutbox(contactID: ids.contact) == record)
      #expect(try transaction.hasOutbox(peerDeviceID: ids.device))
      record.state = 2
      record.peerDeviceID = ids.device
      record.pairSeq = 7
      record.attempts = 1
      record.body = [UInt8](repeating: 1, count: 65_000)
      try transaction.updateOutbox(record)
      #expect(try transaction.outbox(messageID: message) == [record])
      #expect(try transaction.outbox(contactID: ids.contact) == [record, later])
      #expect(try transaction.outboxCount(states: [2]) == 2)
      try transaction.deleteOutbox(id: record.id)
      #expect(try transaction.outboxCount(states: [1, 2]) == 1)
      #expect(try transaction.outboxDue(atMilliseconds: 150, limit: 9) == [later])
      #expect(try transaction.nextOutboxMilliseconds() == 150)
      #expect(throws: VaultError.notStored) { try transaction.deleteOutbox(id: record.id) }
    }
  }

  @Test func `due receipts, one per message and kind`() throws {
    let home = try VaultHome()
    let vault = try home.create()
    try vault.write { transaction in
      let ids = try transaction.addConversation()
      let message = try transaction.addMessage(1, in: ids.conversation, "")
      #expect(try transaction.nextDueReceiptMilliseconds() == nil)
      var record = DueReceiptRecord(
        contactID: ids.contact, messageID: message, kind: 1, atMilliseconds: 5, dueAtMilliseconds: 50)
      record.id = try #require(try transaction.insertDueReceipt(record))
      #expect(try transaction.insertDueReceipt(record) == nil)
      var other = record
      other.kind = 2
      other.dueAtMilliseconds = 40
      other.id = try #require(try transaction.insertDueReceipt(other))
      #expect(try transaction.nextDueReceiptMilliseconds() == 40)
      #expect(try transaction.dueReceipts(nowMilliseconds: 39) == [])
      #expect(try transaction.dueReceipts(nowMilliseconds: 50) == [other, record])
      try transaction.deleteDueReceipts(ids: [other.id, 99])
      #expect(try transaction.dueReceipts(nowMilliseconds: 50) == [record])
    }
  }
}
