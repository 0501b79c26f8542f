import Foundation
import SecretMemory
import TestSupport
import Testing
import Vault

@Suite struct `Files and what can be read in them` {
  /// Every word starts so: searching for it finds any of them.
  private static let prefix = "zqvkxj"

  /// Random words, none twice.
  private final class Words {
    private let randomness = SeededRandomness("words")
    private(set) var all: [String] = []

    func next() -> String {
      let letters = randomness.bytes(10).map { Character(Unicode.Scalar(UInt8(ascii: "a") + $0 % 26)) }
      let word = prefix + String(letters)
      all.append(word)
      return word
    }

    func bytes() -> [UInt8] { [UInt8](next().utf8) }
    func secret() throws -> SecretBytes { try SecretBytes(copying: bytes()) }
  }

  @Test func `no word that went in through any column is in any file`() throws {
    let home = try VaultHome()
    let words = Words()
    let vault = try home.create()
    try vault.write { transaction in
      for round in 1...120 { try fill(transaction, words, round) }
    }
    // Changed and deleted rows leave nothing either.
    try vault.write { transaction in
      for var contact in try transaction.contacts() {
        contact.body = words.bytes()
        try transaction.updateContact(contact)
        if contact.id % 3 == 0 { try transaction.deleteContact(id: contact.id) }
      }
    }
    #expect(words.all.count > 3_000)
    #expect((try home.files()["vault.sqlite-wal"]?.count ?? 0) > 1_000_000, "the log is among the files")
    #expect(try home.filesContaining([UInt8](Self.prefix.utf8)) == [])

    // The search would find one.
    try home.edit(home.directory + "/vault.lock") { $0 += words.bytes() }
    #expect(try home.filesContaining([UInt8](Self.prefix.utf8)) == ["vault.lock"])
    withExtendedLifetime(vault) {}
  }

  private func fill(_ transaction: VaultTransaction, _ words: Words, _ round: Int) throws {
    try transaction.setAccountValue(AccountValue(rawValue: Int64(round)), words.bytes())
    try transaction.setDeviceValue(DeviceValue(rawValue: Int64(round)), words.bytes())
    try transaction.setDeviceSecret(DeviceSecret(rawValue: Int64(round)), try words.secret())
    let contact = try transaction.insertContact(
      ContactRecord(
        accountHash: transaction.lookup(label: "account", words.bytes()),
        nameHash: transaction.lookup(label: "name", words.bytes()), createdAt: 1, status: 1, body: words.bytes()))
    try transaction.setTheirSlotSecret(try words.secret(), contactID: contact)
    try transaction.setInviteToken(try words.secret(), contactID: contact)
    try transaction.insertSlot(SlotRecord(contactID: contact, registeredUntilDay: 1), secret: try words.secret())
    try transaction.insertInvite(
      InviteRecord(
        tokenHash: transaction.lookup(label: "token", words.bytes()), kind: 1, state: 1, createdAt: 1, expiresAt: 1,
        body: words.bytes()), token: try words.secret())
    try transaction.insertMailbox(MailboxRecord(body: words.bytes()), seed: try words.secret())
    try transaction.insertSealingKey(
      SealingKeyRecord(sealID: UInt32(round), createdAt: 1), privateKey: try words.secret())
    try transaction.insertSignedPrekey(
      SignedPrekeyRecord(bundleID: UInt32(round), createdAt: 1, body: words.bytes()), privateKey: try words.secret())
    try transaction.insertOneTimePrekey(
      OneTimePrekeyRecord(id: UInt32(round), createdAt: 1, body: words.bytes()), privateKey: try words.secret())
    let device = try transaction.insertPeerDevice(
      PeerDeviceRecord(
        contactID: contact, deviceNumber: 1, keyHash: transaction.lookup(label: "device", words.bytes()),
        body: words.bytes()))
    try transaction.insertSession(
      SessionRecord(
        sessionHash: transaction.lookup(label: "session", words.bytes()), peerDeviceID: device, purpose: 1, state: 1,
        createdAt: 1, confirmedAt: 1, body: words.bytes()),
      archive: try words.secret(), exporters: try words.secret())
    let conversation = try transaction.insertConversation(
      ConversationRecord(contactID: contact, createdAt: 1, lastMessageAtMilliseconds: 1, body: words.bytes()))
    let message = try transaction.addMessage(round, in: conversation, words.next())
    try transaction.appendEvent(EventRecord(type: 1, messageID: message, at: 1, body: words.bytes()))
    try transaction.setConsumerAcknowledged(name: words.next(), 1)
    try transaction.insertOutbox(
      OutboxRecord(
        contactID: contact, messageID: message, kind: 1, state: 1, notBeforeMilliseconds: 1, giveUpAt: 1,
        body: words.bytes()))
  }
}
