import Vault

extension Messenger {
  /// Removes a contact: everything that was said is destroyed here, what waits is not sent, and the contact's right to write
  /// to this account is taken back. They are not told.
  ///
  /// Erasing comes first and has steps of its own (C13): a crash in between leaves a contact with whom nothing was said, who
  /// may be removed again.
  /// - Parameter erasesHistory: must be true when something was said.
  /// - Throws: ``MessagingError/unknownContact(_:)``, ``MessagingError/hasHistory``.
  package func remove(contact id: Int64, erasesHistory: Bool) throws {
    try vault.write { transaction in
      guard let contact = try transaction.contact(id: id), contact.status != ContactStatus.own.rawValue else {
        throw MessagingError.unknownContact("")
      }
      let conversations = try transaction.conversations().filter { $0.contactID == id }
      guard
        try erasesHistory
          || conversations.allSatisfy({
            try transaction.messages(conversationID: $0.id, limit: 1, ascending: true).isEmpty
          })
      else { throw MessagingError.hasHistory }
      for row in try transaction.outbox(contactID: id) { try fail(row, .contactSilenced, transaction) }
      for conversation in conversations { try endAll(in: conversation.id, transaction) }
      // The relay is told by the slots that are out of use, which outlive their contact.
      try transaction.retireSlots(contactID: id)
    }
    try eraseDue()
    caches.forgetSealingKeys()
    try vault.write { transaction in
      guard try transaction.contact(id: id) != nil else { return }
      try transaction.deleteContact(id: id)
      try appendEvent(.contactRemoved, contact: id, transaction)
    }
  }
}
