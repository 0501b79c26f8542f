package import ByteLayout
import KeyAgreement
import Vault
import Verification

extension Messenger {
  /// The message with this id, whoever wrote it; nil when there is none. Ids of gone messages are still known.
  package func messageNumber(_ id: FixedBytes<16>) throws -> Int64? {
    try vault.read { transaction in
      if let own = try transaction.message(midHash: messageHash(author: own.account.bytes, id: id, transaction)) {
        return own.id
      }
      for contact in try transaction.contacts() {
        let author = try ContactBody(contact.body).account
        if let message = try transaction.message(midHash: messageHash(author: author, id: id, transaction)) {
          return message.id
        }
      }
      return nil
    }
  }
}
