import Foundation
import GRDB
import Testing
import Vault

@Suite struct `Migrations` {
  /// What migration 3 did, undone: a database as the first version left it, with everything that is in it.
  private static let firstLight = """
    PRAGMA foreign_keys = OFF; PRAGMA legacy_alter_table = ON;
    DROP TABLE secret_session; DROP TABLE peer_capability; DROP TABLE pending_operation; DROP TABLE operation_field;
    DROP TABLE message_life;
    DROP INDEX outbox_conversation; ALTER TABLE outbox DROP COLUMN conversation_id;
    ALTER TABLE slot DROP COLUMN retired;
    CREATE TABLE conversation_old (
      id INTEGER PRIMARY KEY AUTOINCREMENT, contact_id INTEGER NOT NULL UNIQUE REFERENCES contact ON DELETE CASCADE,
      last_message_at_ms INTEGER NOT NULL, sealed BLOB NOT NULL) STRICT;
    INSERT INTO conversation_old SELECT id, contact_id, last_message_at_ms, sealed FROM conversation;
    UPDATE sqlite_sequence SET seq = 41 WHERE name = 'conversation_old';
    DROP TABLE conversation; ALTER TABLE conversation_old RENAME TO conversation;
    CREATE INDEX conversation_order ON conversation (last_message_at_ms);
    DELETE FROM grdb_migrations WHERE identifier LIKE '3:%';
    """

  @Test func `a vault of the first version opens with everything in it, and row ids go on where they were`() throws {
    let home = try VaultHome()
    do { try `Erasing messages`.fill(try home.create()) }
    try home.tamper(Self.firstLight)
    let vault = try home.open()
    try vault.check()
    try `Erasing messages`.expect(vault, erased: false)
    try vault.write { transaction in
      let contact = try #require(try transaction.contacts().first)
      let direct = try #require(try transaction.conversation(contactID: contact.id))
      #expect(direct.kind == 0 && direct.chatHash == nil)
      #expect(throws: VaultError.duplicate) {
        try transaction.insertConversation(
          ConversationRecord(contactID: contact.id, createdAt: 1, lastMessageAtMilliseconds: 1, body: []))
      }
      let secret = try transaction.insertConversation(
        ConversationRecord(
          contactID: contact.id, kind: 1, chatHash: hash(5), createdAt: 1, lastMessageAtMilliseconds: 1, body: [9]))
      #expect(secret == 42, "no row id is used twice")
      #expect(try transaction.conversation(chatHash: hash(5))?.body == [9])
      #expect(try transaction.conversation(contactID: contact.id) == direct)
      #expect(try transaction.slots().isEmpty)
      #expect(try transaction.outbox(contactID: contact.id).isEmpty)
    }
    try vault.eraseMessages(`Erasing messages`.erased)
    try `Erasing messages`.expect(vault, erased: true)
  }
}
