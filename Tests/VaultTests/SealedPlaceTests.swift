import Foundation
import SecretMemory
import Testing
import Vault

@Suite struct `Sealed values and their places` {
  /// Two contacts, two messages, and a row 1 and 2 in every table that the moves below touch.
  private func filledHome() throws -> VaultHome {
    let home = try VaultHome()
    let vault = try home.create()
    try vault.write { transaction in
      for id in 1...2 {
        let contact = try transaction.addContact(id)
        try transaction.setTheirSlotSecret(try secret("slot \(id)"), contactID: contact)
        try transaction.setInviteToken(try secret("token \(id)"), contactID: contact)
        let device = try transaction.insertPeerDevice(
          PeerDeviceRecord(contactID: contact, deviceNumber: 1, keyHash: hash(id), body: []))
        try transaction.insertSession(
          SessionRecord(
            sessionHash: hash(id), peerDeviceID: device, purpose: 1, state: 1, createdAt: 1, confirmedAt: 1, body: []),
          archive: try secret("archive \(id)"), exporters: try secret("exporter \(id)"))
        let conversation = try transaction.insertConversation(
          ConversationRecord(contactID: contact, createdAt: 1, lastMessageAtMilliseconds: 1, body: []))
        try transaction.addMessage(id, in: conversation, "text \(id)")
        try transaction.insertSignedPrekey(
          SignedPrekeyRecord(bundleID: UInt32(id), createdAt: 1, body: []), privateKey: try secret("signed \(id)"))
        try transaction.insertOneTimePrekey(
          OneTimePrekeyRecord(id: UInt32(id), createdAt: 1, body: []), privateKey: try secret("one-time \(id)"))
        try transaction.setAccountValue(AccountValue(rawValue: Int64(id)), [1])
        try transaction.setDeviceValue(DeviceValue(rawValue: Int64(id)), [1])
      }
    }
    return home
  }

  private func readAll(_ transaction: VaultTransaction) throws {
    _ = try transaction.contacts()
    _ = try transaction.conversations()
    for id in 1...2 {
      _ = try held(try transaction.theirSlotSecret(contactID: Int64(id)))
      _ = try held(try transaction.inviteToken(contactID: Int64(id)))
      _ = try transaction.sessions(peerDeviceID: Int64(id))
      _ = bytes(try transaction.sessionArchive(id: Int64(id)))
      _ = bytes(try transaction.sessionExporters(id: Int64(id)))
      _ = try transaction.message(id: Int64(id))
      _ = try transaction.messageContent(id: Int64(id))
      _ = try held(try transaction.signedPrekeyPrivate(bundleID: UInt32(id)))
      _ = try held(try transaction.oneTimePrekeyPrivate(id: UInt32(id)))
      _ = try transaction.accountValue(AccountValue(rawValue: Int64(id)))
      _ = try transaction.deviceValue(DeviceValue(rawValue: Int64(id)))
    }
  }

  @Test func `where they were sealed they open`() throws {
    let home = try filledHome()
    let vault = try home.open()
    try vault.read { try readAll($0) }
  }

  /// target table, target column, source; the target is row 1
  @Test(arguments: [
    ("contact", "sealed", "SELECT sealed FROM contact WHERE id = 2"),
    ("contact", "their_slot_secret", "SELECT their_slot_secret FROM contact WHERE id = 2"),
    ("contact", "their_slot_secret", "SELECT invite_token FROM contact WHERE id = 1"),
    ("contact", "sealed", "SELECT sealed FROM conversation WHERE id = 1"),
    ("session", "archive", "SELECT exporters FROM session WHERE id = 1"),
    ("session", "archive", "SELECT archive FROM session WHERE id = 2"),
    ("signed_prekey", "private", "SELECT private FROM one_time_prekey WHERE id = 1"),
    ("signed_prekey", "private", "SELECT private FROM signed_prekey WHERE id = 2"),
    ("account_value", "sealed", "SELECT sealed FROM device_value WHERE id = 1"),
    ("message", "sealed_key", "SELECT sealed_key FROM message WHERE id = 2"),
    ("message", "sealed_content", "SELECT sealed_content FROM message WHERE id = 2"),
    ("message", "sealed", "SELECT sealed FROM message WHERE id = 2"),
  ])
  func `moved to another row, column or table they do not`(table: String, column: String, source: String) throws {
    let home = try filledHome()
    try home.tamper("UPDATE \(table) SET \(column) = (\(source)) WHERE id = 1")
    let vault = try home.open()
    // A message key opens in its place only; moved, it is the key that is reported, and a moved content is the content.
    #expect(throws: VaultError.corrupt(.sealedValue(table: table, column: column, rowID: 1))) {
      try vault.read { try readAll($0) }
    }
  }

  @Test func `a whole message moved with its key does not`() throws {
    let home = try filledHome()
    try home.tamper(
      """
      UPDATE message SET (sealed_key, sealed_content) =
        (SELECT sealed_key, sealed_content FROM message WHERE id = 2) WHERE id = 1
      """)
    let vault = try home.open()
    #expect(throws: VaultError.corrupt(.sealedValue(table: "message", column: "sealed_key", rowID: 1))) {
      try vault.read { try $0.messageContent(id: 1) }
    }
  }

  @Test func `of another format, shortened or flipped they do not`() throws {
    for change in ["x'02' || substr(sealed, 2)", "substr(sealed, 1, 30)", "x''", "x'01'"] {
      let home = try filledHome()
      try home.tamper("UPDATE contact SET sealed = CAST(\(change) AS BLOB) WHERE id = 1")
      let vault = try home.open()
      #expect(throws: VaultError.corrupt(.sealedValue(table: "contact", column: "sealed", rowID: 1))) {
        try vault.read { try $0.contact(id: 1) }
      }
    }
  }

  @Test func `a value of another type is refused without a crash`() throws {
    let home = try filledHome()
    try home.tamper("PRAGMA writable_schema = ON; UPDATE contact SET account_hash = x'00' WHERE id = 1")
    let vault = try home.open()
    #expect(throws: VaultError.corrupt(.database)) { try vault.read { try $0.contact(id: 1) } }
  }

  @Test func `short values of different lengths look alike`() throws {
    let home = try VaultHome()
    do {
      let vault = try home.create()
      try vault.write { transaction in
        for count in [0, 1, 27, 28, 29, 60] {
          try transaction.setAccountValue(
            AccountValue(rawValue: Int64(count)), [UInt8](repeating: 1, count: count))
        }
      }
    }
    // 1 format, 24 nonce, 16 tag; 4 length inside the padding
    #expect(
      try home.blobs("SELECT sealed FROM account_value ORDER BY id").map(\.count)
        == [73, 73, 73, 73, 105, 105])
  }
}
