import ByteLayout
import MessageContent
import Vault

/// What a stranger may do until they are accepted.
enum RequestLimits {
  /// Messages that are kept of one stranger.
  static let messages = 3
  /// Bytes of UTF-8 of each.
  static let textByteCount = 4_096
  /// Strangers whose requests are kept.
  static let strangers = 200
}

extension Messenger {
  /// Whether content of this peer is kept at all. What is not admitted is consumed without an effect that anybody sees:
  /// a blocked sender is not told.
  func admits(_ content: DecodedContent, from peer: AuthenticatedPeer, _ transaction: VaultTransaction) throws -> Bool {
    switch ContactStatus(rawValue: peer.contact.status) {
    case .adding, .accepted: return true
    case .blocked, .declined, .own, nil: return false
    case .stranger:
      guard case .known(let known) = content, case .body(.text(let text)) = known.kind,
        text.string.utf8.count <= RequestLimits.textByteCount
      else { return false }
      guard let conversation = try transaction.conversation(contactID: peer.contact.id) else { return true }
      return try transaction.messages(
        conversationID: conversation.id, limit: RequestLimits.messages, ascending: false
      ).count < RequestLimits.messages
    }
  }

  /// Whether one more stranger may introduce themselves.
  func hasRoomForStranger(_ transaction: VaultTransaction) throws -> Bool {
    try transaction.contacts().count { $0.status == ContactStatus.stranger.rawValue } < RequestLimits.strangers
  }

  /// Whether anything is ever sent to this contact.
  func isReachable(contact id: Int64, _ transaction: VaultTransaction) throws -> Bool {
    switch try transaction.contact(id: id).flatMap({ ContactStatus(rawValue: $0.status) }) {
    case .adding, .accepted, .stranger: true
    case .blocked, .declined, .own, nil: false
    }
  }
}
