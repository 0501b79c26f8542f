import ByteLayout
import Foundation
import GRDB
import Testing
import Vault

@Suite struct `Turns in the outbox` {
  private func row(_ contact: Int64, _ at: Int64, message: Int64? = nil, inLine: Bool = true) -> OutboxRecord {
    OutboxRecord(
      contactID: contact, messageID: message, kind: 1, state: 0, notBeforeMilliseconds: at, giveUpAt: 200, body: [],
      standsInLine: inLine)
  }

  private func plan(_ sql: String, _ arguments: [Int64]) throws -> String {
    let home = try VaultHome()
    do { _ = try home.create() }
    let queue = try DatabaseQueue(path: home.database)
    defer { try? queue.close() }
    return try queue.read { database in
      try Row.fetchAll(database, sql: "EXPLAIN QUERY PLAN " + sql, arguments: StatementArguments(arguments))
        .map { $0["detail"] as String }.joined(separator: "; ")
    }
  }

  @Test func `what is due next is found by an index, and nothing is sorted`() throws {
    let due = try plan(VaultTransaction.outboxDueSQL, [0, 0, 0, 1])
    #expect(due.contains("SEARCH outbox USING INDEX outbox_due") && !due.contains("TEMP B-TREE"), "\(due)")
    let next = try plan(VaultTransaction.nextOutboxSQL, [])
    #expect(next.contains("outbox_due"), "\(next)")
    // Asked whenever something is received or sent: with 70 000 rows waiting, looking at all of them left time for nothing else.
    let hasten = try plan(VaultTransaction.hastenOutboxSQL, [0, 0])
    #expect(hasten.contains("SEARCH outbox USING") && hasten.contains("outbox_due"), "\(hasten)")
  }

  @Test func `each contact has one turn, which passes on when a row leaves in whatever way`() throws {
    let home = try VaultHome()
    let vault = try home.create()
    try vault.write { transaction in
      let ids = try transaction.addConversation()
      let message = try transaction.addMessage(1, in: ids.conversation, "")
      let first = try transaction.insertOutbox(row(ids.contact, 10, message: message))
      let second = try transaction.insertOutbox(row(ids.contact, 5))
      let upload = try transaction.insertOutbox(row(ids.contact, 7, message: message, inLine: false))
      let third = try transaction.insertOutbox(row(ids.contact, 30))
      func due() throws -> [Int64] { try transaction.outboxDue(atMilliseconds: 20, limit: 9).map(\.id) }
      #expect(try due() == [upload, first])
      try transaction.deleteOutbox(id: first)
      #expect(try due() == [upload, second])
      let promoted = try transaction.outbox(id: second)?.notBeforeMilliseconds
      #expect(promoted == 10, "never due before the one that it followed")
      try transaction.deleteOutbox(id: upload)
      #expect(try due() == [second])
      try transaction.deleteOutbox(id: second)
      #expect(try due() == [] && transaction.nextOutboxMilliseconds() == 30)
      try transaction.deleteOutbox(id: third)
      #expect(try transaction.nextOutboxMilliseconds() == nil)
      let again = try transaction.insertOutbox(row(ids.contact, 1))
      #expect(try due() == [again])
    }
  }

  @Test func `a contact that goes takes its rows along, and leaves the others' turns alone`() throws {
    let home = try VaultHome()
    let vault = try home.create()
    try vault.write { transaction in
      let ids = try transaction.addConversation()
      for at in 1...5 { try transaction.insertOutbox(row(ids.contact, Int64(at))) }
      try transaction.deleteContact(id: ids.contact)
      #expect(try transaction.outboxCount(states: [0]) == 0)
      #expect(try transaction.nextOutboxMilliseconds() == nil)
    }
  }
}
