import Ambient
import ByteLayout
import Dispatch
import Foundation
import KeyAgreement
import MessageContent
import Messaging
import Primitives
import RelaySupport
import RelayWire
import SecretMemory
import TestSupport
import Vault
import Verification

/// A node's vault in real files, without a network.
final class NodeFixture {
  let folder: String
  let vault: Vault
  let core: Messenger

  /// - Parameters:
  ///   - folder: where the vault's files go; made here.
  ///   - relay: where the account's mailbox is.
  init(_ name: String, in folder: String, relay: HomeRelay, clock: any WallClock) throws {
    self.folder = folder
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    // As a node has it, hedged with its device key.
    let randomness = HedgedRandomness(try SystemRandomness())
    vault = try Vault.create(
      directory: folder + "/home", protection: .keyFile(path: folder + "/key"), randomness: randomness)
    core = try Messenger.createAccount(
      in: vault, name: name, relay: relay,
      environment: MessagingEnvironment(
        clock: clock, randomness: randomness, jitter: SystemPublicRandomness(), receiptTiming: .instant,
        inBackground: { DispatchQueue.global().async(execute: $0) }))
  }

  /// Fills the vault with contacts and messages, as if they had been written and received one by one.
  ///
  /// - Returns: the numbers of the contacts.
  func fill(
    contacts: Int, messages: Int, randomness: some Randomness, vocabulary: Vocabulary
  ) throws -> [Int64] {
    var ids: [Int64] = []
    for number in 0..<contacts {
      let account = try Ed25519SigningKey(from: randomness).verifyingKey
      let link = InviteLink(
        relay: try RelayAddress(validating: "127.0.0.1:1"), account: AccountID(rootKey: account),
        token: FixedBytes(), mailbox: account.bytes)
      ids.append(try core.addContact(invite: link.text, as: "Contact \(number)").id)
    }
    try emptyOutbox()
    var number = 0
    while number < messages {
      try vault.write { transaction in
        for _ in 0..<min(2_000, messages - number) {
          // Conversations come in turn, so that every one of them lies all over the file.
          let contact = ids[number % ids.count]
          let conversation =
            try transaction.conversation(contactID: contact)
            ?? ConversationRecord(
              id: try transaction.insertConversation(
                ConversationRecord(contactID: contact, createdAt: 0, lastMessageAtMilliseconds: 0, body: [])),
              contactID: contact, createdAt: 0, lastMessageAtMilliseconds: 0, body: [])
          let text = vocabulary.text(words: 12)
          let at = 1_780_000_000_000 + Int64(number) * 1_000
          let id: FixedBytes<16> = randomness.fixed()
          let content = try ContentCodec.encode(
            Content(
              id: MessageID(id), sentAtMilliseconds: at, kind: .body(.text(try CleanText(cleaning: text)))))
          let isIncoming = number.isMultiple(of: 2)
          try transaction.insertMessage(
            MessageRecord(
              conversationID: conversation.id, midHash: id, direction: isIncoming ? .incoming : .outgoing,
              contentKind: 0, sentAtMilliseconds: at, state: 2, storedAt: at / 1_000, deliveredAt: at / 1_000,
              readAt: isIncoming && number < messages - 3 * contacts ? at / 1_000 : nil),
            content: content)
          var changed = conversation
          changed.lastMessageAtMilliseconds = at
          try transaction.updateConversation(changed)
          number += 1
        }
      }
    }
    return ids
  }

  /// The introductions that nobody is to get.
  private func emptyOutbox() throws {
    try vault.write { transaction in
      while true {
        let rows = try transaction.outbox(after: 0, limit: 1_000)
        if rows.isEmpty { return }
        for row in rows { try transaction.deleteOutbox(id: row.id) }
      }
    }
  }
}
