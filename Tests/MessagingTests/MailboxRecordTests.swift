import ByteLayout
import Foundation
import Messaging
import RelayProofs
import RelaySupport
import RelayWire
import TestSupport
import Testing
import Vault

/// The record that a vault keeps of its own mailbox, over versions.
@Suite struct MailboxRecordTests {
  /// Makes the record what version 1 of it was: everything before the log's head.
  private func writeVersion1(_ party: Party) throws {
    try party.withVault { vault in
      try vault.write { transaction in
        let record = try #require(try transaction.mailboxes().first)
        // … ‖ u8 ‖ head(32) ‖ lp8 checkpoint
        let checkpointByteCount = Int(record.body[record.body.count - 182])
        #expect(checkpointByteCount == 181)
        let old = [1] + record.body.dropFirst().dropLast(1 + 32 + 1 + 181)
        try transaction.updateMailbox(MailboxRecord(id: record.id, body: [UInt8](old)))
      }
    }
  }

  @Test func `a record of version 1 is read, and the first signed head is believed from then on`() throws {
    let pair = try Pair()
    let bob = pair.bob
    try pair.alice.say("before", to: "bob")
    try pair.settle()
    let mailbox = try bob.mailbox
    try writeVersion1(bob)
    #expect(try bob.mailbox == mailbox)
    #expect(try bob.core.lastCheckpoint(mailbox: mailbox.id) == nil)
    try bob.goOnline()
    try pair.alice.say("after", to: "bob")
    try pair.settle()
    #expect(try bob.transcript(with: "Alice") == ["<before", "<after"])
    #expect(try bob.core.relayEvidence().isEmpty)
    let kept = try #require(try bob.core.lastCheckpoint(mailbox: mailbox.id))
    #expect(kept.checkpoint.seq == (try bob.mailbox.cursor))
    #expect(kept.isValid(relayKey: mailbox.relayKey, mailbox: mailbox.mailbox))
    // From here on the log is followed: an exchanged envelope is seen.
    try pair.alice.say("next", to: "bob")
    try pair.alice.sendAll()
    let page = try bob.relay.page(mailbox.mailbox, after: try bob.mailbox.cursor)
    guard case .envelope(let stored) = try #require(page.items.first) else { return }
    let changed = MailboxItem.envelope(
      StoredEnvelope(
        seq: stored.seq, envelopeID: stored.envelopeID, envelope: stored.envelope, storedAt: stored.storedAt + 1,
        expiresAt: stored.expiresAt, deletionHash: stored.deletionHash))
    let lie = try MailboxPage(
      mailbox: page.mailbox, after: page.after, items: [changed] + page.items.dropFirst(),
      checkpoint: page.checkpoint, more: page.more, head: page.head, epoch: page.epoch)
    #expect(throws: MessagingError.relayMisbehaved(.brokenChain)) {
      try bob.core.receive(lie, mailbox: mailbox.id)
    }
  }

  @Test func `a record of a later version is refused`() throws {
    let pair = try Pair()
    try pair.bob.withVault { vault in
      try vault.write { transaction in
        let record = try #require(try transaction.mailboxes().first)
        try transaction.updateMailbox(MailboxRecord(id: record.id, body: [3] + record.body.dropFirst()))
      }
    }
    #expect(throws: LayoutError.unknownValue(field: "mailbox record version", value: 3)) { try pair.bob.mailbox }
  }
}
