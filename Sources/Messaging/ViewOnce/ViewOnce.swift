import Verification
import ByteLayout
import KeyAgreement
import MessageContent
import Vault

/// What view-once content is, as far as it shows before it is opened.
package enum ViewOnceKind: Hashable, Sendable {
  case text, picture, voice, file
}

/// What opening view-once content gave: the only time that it is handed out.
package enum OpenedContent: Hashable, Sendable {
  case text(String)
  case file(caption: String, AttachedFile)
}

extension MessageLimits {
  /// Of view-once content that nobody opens: 14 days.
  static let unopened = MessageLimits(readSeconds: 0, maximumAgeSeconds: unreadSeconds)
}

extension ViewOnce {
  var shownKind: ViewOnceKind {
    switch self {
    case .text: .text
    case .file(let file):
      file.mimeType.hasPrefix("image/") ? .picture : file.mimeType.hasPrefix("audio/") ? .voice : .file
    }
  }
}

extension Messenger {
  /// Opens view-once content. Its key is destroyed in the transaction that hands it out, so that it cannot be opened
  /// again, not even after a crash.
  ///
  /// - Throws: ``MessagingError/unknownMessage(_:)``, ``MessagingError/notViewOnce``, ``MessagingError/viewOnceUsed``.
  package func openViewOnce(_ id: Int64) throws -> OpenedContent {
    try eraseDue()
    let known = try vault.read { transaction in
      (try transaction.message(id: id), try transaction.messageLife(id: id)?.isViewOnce == true)
    }
    guard let message = known.0, message.direction == .incoming else { throw MessagingError.unknownMessage(id) }
    guard known.1 else { throw MessagingError.notViewOnce }
    var opened: OpenedContent?
    try erase([id]) { transaction in
      guard var message = try transaction.message(id: id), try !isGone(message, transaction),
        let encoded = try transaction.messageContent(id: id),
        case .known(let content) = try ContentCodec.decode(encoded), case .body(.viewOnce(let viewOnce)) = content.kind
      else { throw MessagingError.viewOnceUsed }
      opened = Self.opened(viewOnce)
      if message.readAt == nil, let conversation = try transaction.conversation(id: message.conversationID),
        let contact = try transaction.contact(id: conversation.contactID)
      {
        message.readAt = nowSeconds
        message.state = MessageState.read.rawValue
        try transaction.updateMessage(message)
        try oweReceipt(.read, message: id, contact: contact, transaction)
      }
      try end(id, .viewed, transaction)
      guard var ended = try transaction.message(id: id) else { return }
      ended.deadline = nil
      try transaction.updateMessage(ended)
    }
    guard let opened else { throw MessagingError.viewOnceUsed }
    return opened
  }

  private static func opened(_ content: ViewOnce) -> OpenedContent {
    switch content {
    case .text(let text): .text(text.string)
    case .file(let file):
      .file(
        caption: file.caption?.string ?? "", AttachedFile(name: file.name, mime: file.mimeType, bytes: file.data))
    }
  }

  /// Whether every device of a contact says that it honours view-once; a contact whose devices are not known yet does not.
  func canOpenViewOnce(contact id: Int64, _ transaction: VaultTransaction) throws -> Bool {
    let (_, body) = try contactAndBody(id, transaction)
    guard let keys = try pinnedLists(body)?.current.entries.map(\.deviceKey.bytes) else { return false }
    let peers = try transaction.peerDevices(contactID: id).filter { peer in
      keys.contains(try PeerDeviceBody(peer.body).deviceKey)
    }
    return try !peers.isEmpty
      && peers.allSatisfy { peer in
        Capabilities(rawValue: try transaction.peerCapabilities(peerDeviceID: peer.id)).contains(.viewOnce)
      }
  }
}
