import Ambient
import Verification
package import ByteLayout
import KeyAgreement
import MessageContent
import Primitives
import SecretMemory
import Vault

/// A secret chat as it is shown.
package struct SecretChatView: Hashable, Sendable {
  /// The row of its conversation.
  package let conversation: Int64
  /// The id that both sides know, 16 bytes.
  package let chatID: FixedBytes<16>
  package let contact: String
  package let isClosed: Bool
  /// What both sides compare; nil before the session exists and after the chat was closed.
  package let key: KeyPicture?
}

extension Messenger {
  /// The timer that a secret chat begins with: a day from reading.
  static let secretChatTimerSeconds: UInt32 = 86_400

  /// Opens a secret chat with the contact's first device. The peer may be away: the session starts from its prekeys.
  ///
  /// - Returns: the row of its conversation.
  /// - Throws: ``MessagingError/secretChatUnavailable(_:)`` while the contact's devices are not known, or it is not
  ///   accepted.
  package func openSecretChat(with contact: Int64) throws -> Int64 {
    let chatID: FixedBytes<16> = environment.randomness.fixed()
    let timer = try TimerSetting(mode: .afterRead, seconds: Self.secretChatTimerSeconds)
    return try vault.write { transaction in
      let (record, body) = try contactAndBody(contact, transaction)
      guard record.status == ContactStatus.accepted.rawValue,
        let keys = try pinnedLists(body)?.current.entries.map(\.deviceKey.bytes),
        let peer = try transaction.peerDevices(contactID: contact).first(where: {
          keys.contains(try PeerDeviceBody($0.body).deviceKey)
        })
      else { throw MessagingError.secretChatUnavailable(body.name) }
      let id = try insertSecretChat(chatID, contact: contact, peer: peer.id, isOwn: true, transaction)
      try setTimer(timer, try self.record(ofConversation: id, transaction), transaction)
      return id
    }
  }

  func insertSecretChat(
    _ chatID: FixedBytes<16>, contact: Int64, peer: Int64, isOwn: Bool, _ transaction: VaultTransaction
  ) throws -> Int64 {
    var body = ConversationBody()
    body.chatID = chatID
    body.peerDeviceID = peer
    let id = try transaction.insertConversation(
      ConversationRecord(
        contactID: contact, kind: ConversationKind.secret.rawValue, chatHash: chatHash(chatID, transaction),
        createdAt: nowSeconds, lastMessageAtMilliseconds: 0, body: body.bytes))
    try insertInfoLine(
      InfoLine(kind: .secretChatOpened, isOwn: isOwn), operationID: chatID, at: now.milliseconds, conversation: id,
      transaction)
    return id
  }

  /// The key under which a secret chat is found.
  func chatHash(_ chatID: FixedBytes<16>, _ transaction: VaultTransaction) -> FixedBytes<16> {
    transaction.lookup(label: "secret chat", chatID.array)
  }

  /// The secret chats with a contact, or all of them, newest first.
  package func secretChats(with contact: Int64? = nil) throws -> [SecretChatView] {
    try vault.read { transaction in
      try transaction.conversations()
        .filter { $0.kind == ConversationKind.secret.rawValue && (contact == nil || $0.contactID == contact) }
        .sorted { $0.id > $1.id }
        .map { try view(secretChat: $0, transaction) }
    }
  }

  private func view(secretChat record: ConversationRecord, _ transaction: VaultTransaction) throws -> SecretChatView {
    let body = try ConversationBody(record.body)
    let (_, contact) = try contactAndBody(record.contactID, transaction)
    var key: KeyPicture?
    if !body.isClosed, let session = try sendingSecretSession(conversation: record.id, transaction) {
      let exporters = try transaction.sessionExporters(id: session.id)
      key = KeyPicture(try exposed(try exporters.slice(64..<96)))
    }
    return SecretChatView(
      conversation: record.id, chatID: body.chatID, contact: contact.name, isClosed: body.isClosed, key: key)
  }

  /// Closes a secret chat: everything of it is destroyed here, and the peer is asked to do the same.
  ///
  /// - Throws: ``MessagingError/unknownConversation``, ``MessagingError/chatClosed``.
  package func closeSecretChat(_ id: Int64) throws {
    try vault.write { transaction in
      let conversation = try record(ofConversation: id, transaction)
      guard conversation.kind == ConversationKind.secret.rawValue else { throw MessagingError.unknownConversation }
      guard try !ConversationBody(conversation.body).isClosed else { throw MessagingError.chatClosed }
      try perform(try Operation(target: nil, revision: 1, kind: .closeChat), in: conversation, transaction)
    }
    try eraseDue()
  }

  /// Tells both sides that a program noticed that the screen was captured. Nothing can promise to notice it.
  package func noteScreenshot(conversation id: Int64) throws {
    try vault.write { transaction in
      let conversation = try record(ofConversation: id, transaction)
      guard try !ConversationBody(conversation.body).isClosed else { throw MessagingError.chatClosed }
      try perform(try Operation(target: nil, revision: 1, kind: .screenshot), in: conversation, transaction)
    }
  }
}

/// One side closes a secret chat: both wipe it.
struct CloseChatRule: OperationRule {
  func apply(_ input: OperationInput, by core: Messenger, _ transaction: VaultTransaction) throws {
    var conversation = try core.record(ofConversation: input.conversation, transaction)
    var body = try ConversationBody(conversation.body)
    guard conversation.kind == ConversationKind.secret.rawValue, !body.isClosed else { return }
    try core.endAll(in: conversation.id, transaction)
    body.isClosed = true
    conversation.body = body.bytes
    try transaction.updateConversation(conversation)
    try core.insertInfoLine(
      InfoLine(kind: .secretChatClosed, isOwn: input.isOwn), operationID: input.id,
      at: Messenger.shownTime(sentAt: input.sentAtMilliseconds, storedAt: core.nowSeconds),
      conversation: conversation.id, transaction)
  }
}

/// A program noticed that the screen was captured.
struct ScreenshotRule: OperationRule {
  func isAllowed(_ input: OperationInput, on target: OperationTarget) -> Bool { true }

  func apply(
    _ input: OperationInput, to message: MessageRecord, by core: Messenger, _ transaction: VaultTransaction
  ) throws {
    try apply(input, by: core, transaction)
  }

  func apply(_ input: OperationInput, by core: Messenger, _ transaction: VaultTransaction) throws {
    try core.insertInfoLine(
      InfoLine(kind: .screenshot, isOwn: input.isOwn), operationID: input.id,
      at: Messenger.shownTime(sentAt: input.sentAtMilliseconds, storedAt: core.nowSeconds),
      conversation: input.conversation, transaction)
  }
}
