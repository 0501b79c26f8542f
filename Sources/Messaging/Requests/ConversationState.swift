import KeyAgreement
import ByteLayout
import Vault

extension Messenger {
  /// Mutes a conversation until a time, unix seconds; 0 ends it.
  package func mute(conversation id: Int64, until seconds: Int64) throws {
    try change(conversation: id) { $0.mutedUntil = max(0, seconds) }
  }

  /// Puts a conversation out of sight, or back. A new message brings it back unless it is muted.
  package func archive(conversation id: Int64, _ isArchived: Bool) throws {
    try change(conversation: id) { $0.isArchived = isArchived }
  }

  /// The row of the direct conversation with a contact, which is made if nothing was said yet.
  package func conversation(with contact: Int64) throws -> Int64 {
    try vault.write { transaction in try conversationID(contact: contact, transaction) }
  }

  /// Until when a conversation is muted, unix seconds; 0: it is not.
  package func mutedUntil(conversation id: Int64) throws -> Int64 {
    try vault.read { transaction in
      try ConversationBody(record(ofConversation: id, transaction).body).mutedUntil
    }
  }

  private func change(conversation id: Int64, _ change: (inout ConversationBody) -> Void) throws {
    try vault.write { transaction in
      var record = try record(ofConversation: id, transaction)
      var body = try ConversationBody(record.body)
      change(&body)
      record.body = body.bytes
      try transaction.updateConversation(record)
    }
  }

  /// The contact under which notes to self are kept; made when it is first asked for. Nothing of it is ever sent.
  package func noteToSelf() throws -> ContactSummary {
    try vault.write { transaction in
      let hash = accountHash(own.account.bytes, transaction)
      if let known = try transaction.contact(accountHash: hash) { return try summary(known) }
      let name = try freeName("me", transaction)
      let id = try transaction.insertContact(
        ContactRecord(
          accountHash: hash, nameHash: nameHash(name, transaction), createdAt: nowSeconds,
          status: ContactStatus.own.rawValue, body: try ContactBody(name: name, account: own.account.bytes).bytes))
      guard let record = try transaction.contact(id: id) else { throw MessagingError.damagedRecord(table: "contact") }
      return try summary(record)
    }
  }
}
