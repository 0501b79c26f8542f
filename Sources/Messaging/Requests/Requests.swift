import ByteLayout
import KeyAgreement
import MessageContent
import Vault

extension Messenger {
  /// The strangers who have written and wait for an answer, oldest first.
  package func requests() throws -> [ContactSummary] {
    try contacts().filter { $0.status == .stranger }
  }

  /// Accepts a request: from now on the contact gets receipts and may send what it likes.
  ///
  /// - Throws: ``MessagingError/noRequest(_:)``.
  package func acceptRequest(contact id: Int64) throws {
    try vault.write { transaction in
      try requireRequest(id, transaction)
      try accept(contact: id, transaction)
    }
  }

  /// Declines a request: its messages are destroyed, and nothing more of this account is shown. It is not told.
  ///
  /// - Throws: ``MessagingError/noRequest(_:)``.
  package func declineRequest(contact id: Int64) throws {
    try vault.write { transaction in
      try requireRequest(id, transaction)
      try silence(id, as: .declined, transaction)
      try appendEvent(.requestResolved, contact: id, transaction)
      if let conversation = try transaction.conversation(contactID: id) {
        try endAll(in: conversation.id, transaction)
      }
    }
    try eraseDue()
  }

  /// Blocks a contact. Nothing of theirs is shown and nothing is sent to them; they see their messages stored for ever.
  ///
  /// - Parameter cutsOff: also takes back their right to put envelopes into the own mailbox: they notice that.
  package func block(contact id: Int64, cutsOff: Bool) throws {
    try vault.write { transaction in
      let isStranger = try contactAndBody(id, transaction).0.status == ContactStatus.stranger.rawValue
      try silence(id, as: .blocked, transaction)
      try appendEvent(.contactBlocked, contact: id, transaction)
      if isStranger { try appendEvent(.requestResolved, contact: id, transaction) }
      if cutsOff { try transaction.retireSlots(contactID: id) }
    }
  }

  /// Takes a block or a declined request back. If the contact was cut off, it is given a new way to write.
  package func unblock(contact id: Int64) throws {
    try vault.write { transaction in
      var (record, _) = try contactAndBody(id, transaction)
      guard record.status == ContactStatus.blocked.rawValue || record.status == ContactStatus.declined.rawValue else {
        return
      }
      record.status = ContactStatus.accepted.rawValue
      try transaction.updateContact(record)
      try appendEvent(.contactUpdated, contact: id, transaction)
      try enqueueIntroduction(contact: id, notBefore: now, transaction)
    }
  }

  private func requireRequest(_ id: Int64, _ transaction: VaultTransaction) throws {
    let (record, body) = try contactAndBody(id, transaction)
    guard record.status == ContactStatus.stranger.rawValue else { throw MessagingError.noRequest(body.name) }
  }

  private func silence(_ id: Int64, as status: ContactStatus, _ transaction: VaultTransaction) throws {
    var (record, _) = try contactAndBody(id, transaction)
    guard record.status != ContactStatus.own.rawValue else { return }
    record.status = status.rawValue
    try transaction.updateContact(record)
    for row in try transaction.outbox(contactID: id) {
      // A message that was still to be sent is shown as failed; everything else goes without a word.
      try fail(row, .contactSilenced, transaction)
    }
  }

  /// Ends every message of a conversation that still has its content.
  func endAll(in conversation: Int64, _ transaction: VaultTransaction) throws {
    var last: Int64 = 0
    while true {
      let ids = try transaction.messagesWithContent(
        conversationID: conversation, after: last, limit: Self.erasureBatch)
      guard let newest = ids.last else { return }
      for id in ids { try end(id, .deleted, isWithdrawn: true, transaction) }
      last = newest
    }
  }
}
