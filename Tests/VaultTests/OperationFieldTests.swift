import ByteLayout
import TestSupport
import Testing
import Vault

@Suite struct `Fields that operations set` {
  private func change(_ revision: UInt32, _ id: UInt8, _ value: String) throws -> OperationField {
    OperationField(
      stamp: OperationStamp(revision: revision, operationID: try FixedBytes([UInt8](repeating: id, count: 16))),
      value: [UInt8](value.utf8))
  }

  @Test func `the higher revision wins, then the smaller id, in whatever order they come`() throws {
    let vault = try VaultHome().create()
    var changes = try [
      change(1, 9, "first"), change(2, 9, "second"), change(2, 3, "winner"), change(2, 7, "third"), change(1, 1, "old"),
    ]
    let dice = SeededRandomness("fields")
    try vault.write { transaction in
      let conversation = try transaction.addConversation().conversation
      for round in 1...40 {
        for index in stride(from: changes.count - 1, to: 0, by: -1) {
          changes.swapAt(index, Int(dice.bytes(1)[0]) % (index + 1))
        }
        let id = try transaction.addMessage(round, in: conversation, "target")
        for change in changes + changes { try transaction.mergeOperationField(7, change, messageID: id) }
        #expect(try transaction.operationField(7, messageID: id)?.value == [UInt8]("winner".utf8))
        #expect(try transaction.operationField(8, messageID: id) == nil)
      }
    }
  }

  @Test func `a field dies with its message, in every file`() throws {
    let home = try VaultHome()
    let vault = try home.create()
    let id = try vault.write { transaction in
      let id = try transaction.addMessage(1, in: try transaction.addConversation().conversation, "target")
      try transaction.mergeOperationField(7, try change(1, 1, "edited"), messageID: id)
      return id
    }
    try vault.eraseMessages([id])
    try vault.write { transaction throws in
      #expect(try transaction.operationField(7, messageID: id) == nil)
      #expect(try !transaction.mergeOperationField(7, try change(9, 1, "after the end"), messageID: id))
    }
  }

  @Test func `an early operation is kept once, found by its target, and forgotten in time`() throws {
    let vault = try VaultHome().create()
    try vault.write { transaction in
      let contact = try transaction.addContact(1)
      for number in [1, 1, 2] {
        try transaction.insertPendingOperation(
          PendingOperationRecord(
            targetHash: hash(50), operationHash: hash(number), contactID: contact, keepUntil: Int64(100 * number),
            body: [UInt8(number)]))
      }
      #expect(try transaction.pendingOperations(targetHash: hash(50)).map(\.body) == [[1], [2]])
      #expect(try transaction.pendingOperations(targetHash: hash(51)).isEmpty)
      #expect(try transaction.purgePendingOperations(before: 101) == 1)
      #expect(try transaction.pendingOperationCount(contactID: contact) == 1)
    }
  }
}
