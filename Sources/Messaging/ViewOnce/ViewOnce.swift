import Verification
import ByteLayout
import KeyAgreement
import MessageContent
import Vault

/// What opening view-once content gave: the only time that it is handed out.
package enum OpenedContent: Hashable, Sendable {
  case text(String)
  case file(caption: String, AttachedFile)
}

extension MessageLimits {
  /// Of view-once content that nobody opens: 14 days.
  static let unopened = MessageLimits(readSeconds: 0, maximumAgeSeconds: unreadSeconds)
}

extension Messenger {
  /// Opens view-once content. Its key is destroyed in the transaction that hands it out, so that it cannot be opened
  /// again, not even after a crash.
  ///
  /// - Throws: ``MessagingError/unknownMessage(_:)``, ``MessagingError/notViewOnce``, ``MessagingError/viewOnceUsed``,
  ///   ``MessagingError/viewOnceElsewhere(device:)``.
  package func openViewOnce(_ id: Int64) throws -> OpenedContent {
    try eraseDue()
    let known = try vault.read { transaction in
      (try transaction.message(id: id), try transaction.messageLife(id: id)?.isViewOnce == true)
    }
    guard let message = known.0, message.direction == .incoming else { throw MessagingError.unknownMessage(id) }
    guard known.1 else { throw MessagingError.notViewOnce }
    if let stub = try vault.read({ try viewOnceStub(message, $0) }) {
      throw MessagingError.viewOnceElsewhere(device: stub.device)
    }
    var opened: OpenedContent?
    try erase([id]) { transaction in
      guard var message = try transaction.message(id: id), try !isGone(message, transaction),
        let encoded = try transaction.messageContent(id: id),
        case .known(let content) = try ContentCodec.decode(encoded), case .body(.viewOnce(let viewOnce)) = content.kind
      else { throw MessagingError.viewOnceUsed }
      opened = try Self.opened(viewOnce)
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

  /// What this device got instead of content that it cannot open; nil for anything else.
  private func viewOnceStub(_ message: MessageRecord, _ transaction: VaultTransaction) throws -> ViewOnceStub? {
    guard try !isGone(message, transaction), let encoded = try transaction.messageContent(id: message.id),
      case .known(let content) = try ContentCodec.decode(encoded), case .body(.viewOnce(.stub(let stub))) = content.kind
    else { return nil }
    return stub
  }

  private static func opened(_ content: ViewOnce) throws(MessagingError) -> OpenedContent {
    switch content {
    case .stub(let stub): throw .viewOnceElsewhere(device: stub.device)
    case .text(let text): return .text(text.string)
    case .file(let file):
      return .file(
        caption: file.caption?.string ?? "", AttachedFile(name: file.name, mime: file.mimeType, bytes: file.data))
    }
  }

  /// The devices of a contact that say that they honour view-once, the lowest number first.
  ///
  /// - Parameter only: the device at the other end of a secret chat; nil: all that the pinned list names.
  func devicesOpeningViewOnce(
    contact id: Int64, only: Int64? = nil, _ transaction: VaultTransaction
  ) throws -> [PeerDeviceRecord] {
    let (_, body) = try contactAndBody(id, transaction)
    guard let keys = try pinnedLists(body)?.current.entries.map(\.deviceKey.bytes) else { return [] }
    return try transaction.peerDevices(contactID: id)
      .filter { peer in
        try (only == nil || peer.id == only) && keys.contains(PeerDeviceBody(peer.body).deviceKey)
          && Self.opensViewOnce(peer.id, transaction)
      }
      .sorted { $0.deviceNumber < $1.deviceNumber }
  }

  private static func opensViewOnce(_ device: Int64, _ transaction: VaultTransaction) throws -> Bool {
    Capabilities(rawValue: try transaction.peerCapabilities(peerDeviceID: device)).contains(.viewOnce)
  }

  /// What a device gets of a message: the content itself, or a stub of view-once content that it cannot open.
  ///
  /// - Returns: nil when no device of the contact can open it any more.
  func content(
    _ encoded: [UInt8], for peer: PeerDeviceRecord, _ transaction: VaultTransaction
  ) throws -> [UInt8]? {
    guard case .known(let content) = try ContentCodec.decode(encoded),
      case .body(.viewOnce(let viewOnce)) = content.kind,
      try !Self.opensViewOnce(peer.id, transaction)
    else { return encoded }
    guard let other = try devicesOpeningViewOnce(contact: peer.contactID, transaction).first else { return nil }
    let stub = try ViewOnceStub(kind: viewOnce.kind, device: UInt32(other.deviceNumber))
    return try ContentCodec.encode(Content(header: content.header, kind: .body(.viewOnce(.stub(stub)))))
  }
}
