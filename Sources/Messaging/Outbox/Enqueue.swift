import Ambient
import ByteLayout
import KeyAgreement
import MessageContent
import Primitives
import SecretMemory
import Vault

extension Messenger {
  /// Puts a message into its conversation and into the outbox, in one transaction. No network.
  ///
  /// Writing to a stranger accepts them.
  /// - Throws: ``MessagingError/emptyMessage``, ``MessagingError/tooLarge(limit:actual:)``, and what
  ///   ``answer(_:in:with:_:)`` throws.
  package func send(
    text: String, file: AttachedFile?, to contact: Int64, options: SendOptions = SendOptions()
  ) throws -> MessageView {
    let body = try Self.body(text: text, file: file, isViewOnce: options.isViewOnce)
    return try vault.write { transaction in
      let row = try insertOutgoing(body, to: contact, options: options, transaction)
      if try isOwn(contact: contact, transaction) {
        try advance(message: row, to: .read, at: nowSeconds, transaction)
      } else {
        try enqueue(
          .message, contact: contact, message: row, content: [], notBefore: now, conversation: options.chat, transaction
        )
      }
      return try view(row, transaction)
    }
  }

  /// Puts a message of this account into its conversation, with the limits that it has there; what carries it is the
  /// caller's.
  ///
  /// - Returns: its row.
  func insertOutgoing(
    _ body: Body, to contact: Int64, options: SendOptions, _ transaction: VaultTransaction
  ) throws -> Int64 {
    let id: FixedBytes<16> = environment.randomness.fixed()
    try accept(contact: contact, transaction)
    try renewBroken(contact: contact, transaction)
    let conversation = try conversation(of: options, to: contact, transaction)
    let expiry = try expiry(
      options.limits, isViewOnce: options.isViewOnce, conversation: record(ofConversation: conversation, transaction))
    let sentAt = try nextSentAt(conversation: conversation, transaction)
    let body = try options.replyTo.map { try answer($0, in: conversation, with: body, transaction) } ?? body
    let content: [UInt8]
    do { content = try encode(.body(body), id: id, sentAt: sentAt, expiry: expiry) } catch ContentError.tooLong(
      _, let limit, let actual)
    {
      throw MessagingError.tooLarge(limit: limit, actual: actual)
    }
    let row = try transaction.insertMessage(
      MessageRecord(
        conversationID: conversation, midHash: messageHash(author: own.account.bytes, id: id, transaction),
        direction: .outgoing, contentKind: MessageRowKind.content, sentAtMilliseconds: sentAt,
        state: MessageState.queued.rawValue,
        deadline: MessageLimits(expiry).deadline(from: sentAt / 1_000, nowSeconds)),
      content: content)
    try setLimits(MessageLimits(expiry), isViewOnce: options.isViewOnce, of: row, transaction)
    try touchConversation(conversation, at: sentAt, transaction)
    return row
  }

  /// Text, or a file with the text as its caption.
  private static func body(text: String, file: AttachedFile?, isViewOnce: Bool) throws(MessagingError) -> Body {
    do throws(ContentError) {
      let cleaned = try text.isEmpty ? nil : CleanText(cleaning: text)
      if let file {
        let file = InlineFile(caption: cleaned, name: file.name, mimeType: file.mime, data: file.bytes)
        return isViewOnce ? .viewOnce(.file(file)) : .file(file)
      }
      guard let cleaned else { throw .missing(.text) }
      return isViewOnce ? .viewOnce(.text(cleaned)) : .text(cleaned)
    } catch {
      switch error {
      case .tooLong(_, let limit, let actual): throw .tooLarge(limit: limit, actual: actual)
      default: throw .emptyMessage
      }
    }
  }

  /// A row in the outbox; unless a device is named, which ones it goes to is decided when it is encrypted.
  ///
  /// - Parameter pairSeq: the number that it had before, for what is sent again.
  func enqueue(
    _ kind: OutboxKind, contact: Int64, device: Int64? = nil, message: Int64?, content: [UInt8],
    pairSeq: UInt64? = nil, notBefore: WallTime, conversation: Int64? = nil, _ transaction: VaultTransaction
  ) throws {
    guard try isReachable(contact: contact, transaction) else { return }
    // What is sent again stays in its secret chat.
    let conversation = try conversation ?? message.flatMap { try secretChat(ofMessage: $0, transaction) }
    let peer = try conversation.map { try ConversationBody(record(ofConversation: $0, transaction).body).peerDeviceID }
    _ = try transaction.insertOutbox(
      OutboxRecord(
        id: 0, contactID: contact, peerDeviceID: device ?? peer, messageID: message, conversationID: conversation,
        kind: kind.rawValue, state: OutboxState.waiting.rawValue, pairSeq: pairSeq, attempts: 0,
        notBeforeMilliseconds: notBefore.milliseconds,
        giveUpAt: nowSeconds + Backoff.patienceSeconds, body: try OutboxBody.content(content).bytes))
  }

  /// Puts an Introduction into the outbox, and the profile behind it.
  ///
  /// - Parameter device: the one that it goes to; nil for all.
  func enqueueIntroduction(
    contact: Int64, device: Int64? = nil, notBefore: WallTime, _ transaction: VaultTransaction
  ) throws {
    try enqueue(
      .control, contact: contact, device: device, message: nil,
      content: try encode(.control(.introduction(introduction(to: contact, transaction)))), notBefore: notBefore,
      transaction)
    try tellProfile(to: contact, notBefore: notBefore, transaction)
  }

  /// The Introduction that opens a contact: who I am, where to write to me, and the slot to do it with. It shows an
  /// invite's token for as long as there is no other way to write to the contact.
  func introduction(to contact: Int64, _ transaction: VaultTransaction) throws -> Introduction {
    var token: FixedBytes<16>?
    if try transaction.theirSlotSecret(contactID: contact) == nil,
      let secret = try transaction.inviteToken(contactID: contact)
    {
      token = try exposed(secret)
    }
    return Introduction(
      token: token, name: try ownName(transaction), replyPath: try replyPath(for: contact, transaction))
  }

  /// My lists, my sealing key, and the slot secret that this contact derives its tags from (C9).
  func replyPath(for contact: Int64, _ transaction: VaultTransaction) throws -> ReplyPath {
    let slot = try transaction.slotSecret(id: try takeSlot(for: contact, transaction))
    guard let sealing = try transaction.currentSealingKey() else {
      throw MessagingError.damagedRecord(table: "sealing_key")
    }
    let secret: FixedBytes<32> = try exposed(slot)
    return try ReplyPath(
      lists: try ownLists(transaction).bytes, sealID: sealing.sealID,
      sealingKey: try sealingPublicKey(sealing.sealID, transaction).bytes,
      slotSecret: try CarriedSecret(secret.array), capabilities: .own)
  }

  /// Bytes of a secret that leaves in encrypted content or in an invite: in ordinary memory for that call only.
  func exposed<let count: Int>(_ secret: borrowing SecretBytes) throws -> FixedBytes<count> {
    try secret.withBytes { span throws(LayoutError) in
      try FixedBytes<count>((0..<span.byteCount).map { span.unsafeLoad(fromByteOffset: $0, as: UInt8.self) })
    }
  }

  /// A stranger becomes an accepted contact: by my writing to them.
  func accept(contact id: Int64, _ transaction: VaultTransaction) throws {
    guard var record = try transaction.contact(id: id) else { throw MessagingError.damagedRecord(table: "contact") }
    guard record.status == ContactStatus.stranger.rawValue else { return }
    record.status = ContactStatus.accepted.rawValue
    try transaction.updateContact(record)
    try appendEvent(.requestResolved, contact: id, transaction)
    try enqueueIntroduction(contact: id, notBefore: now, transaction)
  }
}
