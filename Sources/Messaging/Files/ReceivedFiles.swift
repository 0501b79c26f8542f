package import ByteLayout
import KeyAgreement
package import MessageContent
import Vault

/// A file at a relay, as a conversation shows it: nothing that reads or opens it.
package struct RemoteFile: Hashable, Sendable {
  package let name: String
  package let mime: String
  /// Of the content.
  package let byteCount: UInt64

  package init(name: String, mime: String, byteCount: UInt64) {
    self.name = name
    self.mime = mime
    self.byteCount = byteCount
  }
}

extension Messenger {
  /// What an unasked download may have if nobody says otherwise, and then only from accepted contacts.
  package static let automaticDownloadByteCount: UInt64 = 20 << 20

  /// The file of a message; nil if it has none at a relay.
  package func attachment(_ id: Int64) throws -> Attachment? {
    try vault.read { transaction in try attachment(id, transaction) }
  }

  func attachment(_ id: Int64, _ transaction: VaultTransaction) throws -> Attachment? {
    guard let encoded = try transaction.messageContent(id: id),
      case .known(let content) = try ContentCodec.decode(encoded),
      case .body(let body) = content.kind, case .attachment(let attachment) = body.said
    else { return nil }
    return attachment
  }

  /// The message that both sides know by this id.
  ///
  /// - Throws: ``MessagingError/unknownMessage(_:)``.
  package func message(messageID: FixedBytes<16>) throws -> MessageView {
    try vault.read { transaction in
      var authors = [own.account.bytes]
      for contact in try transaction.contacts() { authors.append(try ContactBody(contact.body).account) }
      for author in authors {
        let hash = messageHash(author: author, id: messageID, transaction)
        if let record = try transaction.message(midHash: hash) { return try view(record, transaction) }
      }
      throw MessagingError.unknownMessage(0)
    }
  }
}
