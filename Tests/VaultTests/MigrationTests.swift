import Foundation
import GRDB
import Testing
import Vault

@Suite struct `Migrations` {
  /// What each migration did, undone, the newest first: a database as an earlier version left it, with everything in it.
  private static let undone = [
    "DROP TABLE stale_bucket; DELETE FROM grdb_migrations WHERE identifier LIKE '11:%';",
    "DROP TABLE contact_profile; DELETE FROM grdb_migrations WHERE identifier LIKE '10:%';",
    "DELETE FROM grdb_migrations WHERE identifier LIKE '9:%';",
    """
    ALTER TABLE stored_envelope DROP COLUMN kind; DELETE FROM grdb_migrations WHERE identifier LIKE '8:%';
    """,
    """
    DROP TABLE dead_letter; DROP TABLE webhook; DROP TABLE access_token;
    DELETE FROM grdb_migrations WHERE identifier LIKE '7:%';
    """,
    """
    DROP TABLE client_reference; DROP TABLE event_consumer;
    DELETE FROM grdb_migrations WHERE identifier LIKE '6:%';
    """,
    """
    DROP TRIGGER outbox_enters; DROP TRIGGER outbox_leaves; DROP INDEX outbox_first; DROP INDEX outbox_line;
    DROP INDEX outbox_due; ALTER TABLE outbox DROP COLUMN turn; CREATE INDEX outbox_contact ON outbox (contact_id);
    DROP INDEX sent_log_conversation; ALTER TABLE sent_log DROP COLUMN conversation_id;
    DELETE FROM grdb_migrations WHERE identifier LIKE '5:%';
    """,
    """
    DROP TABLE search_state; DROP TABLE search_shard; DROP TABLE stored_envelope;
    DROP INDEX message_life_forget; ALTER TABLE message_life DROP COLUMN forget_at;
    DELETE FROM grdb_migrations WHERE identifier LIKE '4:%';
    """,
    """
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
    """,
    """
    DROP TABLE quarantine; DROP TABLE healing; DROP TABLE peer_timer; DROP TABLE sent_control; DROP TABLE disputed_lists;
    DROP TABLE failure; ALTER TABLE sent_log DROP COLUMN kind; ALTER TABLE sent_log DROP COLUMN resent;
    DELETE FROM grdb_migrations WHERE identifier LIKE '2:%';
    """,
  ]

  /// Makes a closed vault what `version` left.
  private func goBack(_ home: VaultHome, to version: Int) throws {
    for sql in Self.undone.prefix(Self.undone.count + 1 - version) { try home.tamper(sql) }
  }

  @Test(arguments: 1...2)
  func `a vault from before operations opens with everything in it, and row ids go on where they were`(
    version: Int
  ) throws {
    let home = try VaultHome()
    do { try `Erasing messages`.fill(try home.create()) }
    try goBack(home, to: version)
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

  @Test func `prekeys of before suite 2 are destroyed, and their numbers stay used`() throws {
    let home = try VaultHome()
    do {
      try home.create().write { transaction in
        try transaction.insertSignedPrekey(
          SignedPrekeyRecord(bundleID: 7, createdAt: 1, body: [1]), privateKey: try secret("signed"))
        for id: UInt32 in [3, 4] {
          try transaction.insertOneTimePrekey(
            OneTimePrekeyRecord(id: id, createdAt: 1, body: [2]), privateKey: try secret("one-time"))
        }
      }
    }
    try goBack(home, to: 8)
    let vault = try home.open()
    try vault.check()
    try vault.write { transaction in
      let left = try transaction.signedPrekeys()
      #expect(left.isEmpty)
      #expect(try transaction.liveOneTimePrekeyCount() == 0)
      #expect(try isMissing(try transaction.signedPrekeyPrivate(bundleID: 7)))
      #expect(try isMissing(try transaction.oneTimePrekeyPrivate(id: 3)))
      #expect(try transaction.greatestSignedPrekeyID() == 7)
      #expect(try transaction.greatestOneTimePrekeyID() == 4)
      #expect(throws: VaultError.identifierUsed(7)) {
        try transaction.insertSignedPrekey(
          SignedPrekeyRecord(bundleID: 7, createdAt: 1, body: []), privateKey: try secret("again"))
      }
    }
  }

  @Test func `a vault from before searching opens, is searched, and its tombstones have an end`() throws {
    let home = try VaultHome()
    do {
      let vault = try home.create()
      try `Erasing messages`.fill(vault)
      try vault.eraseMessages([3]) { try $0.setMessageLife(MessageLifeRecord(id: 3, gone: 1, goneAt: 5)) }
      try vault.write { try $0.setMessageLife(MessageLifeRecord(id: 4, readSeconds: 9)) }
    }
    try goBack(home, to: 3)
    let vault = try home.open()
    try vault.check()
    try vault.write { transaction in
      #expect(try transaction.messageLife(id: 3)?.gone == 1)
      #expect(try transaction.searchState() == nil)
      let soon = Int64(Date().timeIntervalSince1970) + MessageLifeRecord.tombstoneSeconds
      #expect(try transaction.forgetTombstones(until: soon - 60, limit: 10) == 0)
      #expect(try transaction.forgetTombstones(until: soon + 60, limit: 10) == 1, "a message that lives stays")
      #expect(try transaction.message(id: 3) == nil)
      try transaction.resetSearchIndex(version: 1)
      let token = transaction.searchTokens([[7]])
      try transaction.addToSearch(messageID: 9, token)
      #expect(try transaction.searched([token], before: .max, limit: 5) == [9])
    }
  }
}
