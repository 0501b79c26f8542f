import Ambient
import ByteLayout
import MessageContent
import Vault

extension Messenger {
  /// A conversation, oldest message first.
  ///
  /// - Parameter limit: the newest that many.
  package func messages(with contact: Int64, limit: Int = 10_000) throws -> [MessageView] {
    try vault.read { transaction in
      guard let conversation = try transaction.conversation(contactID: contact) else { return [] }
      return try messages(conversation: conversation.id, limit: limit, transaction)
    }
  }

  /// A conversation by its row, oldest message first.
  package func messages(conversation: Int64, limit: Int = 10_000) throws -> [MessageView] {
    try vault.read { transaction in try messages(conversation: conversation, limit: limit, transaction) }
  }

  private func messages(
    conversation: Int64, limit: Int, _ transaction: VaultTransaction
  ) throws -> [MessageView] {
    let shown = try shownConversation(conversation, transaction)
    return try transaction.messages(conversationID: conversation, limit: limit, ascending: true)
      .map { try view($0, in: shown, transaction) }
      .sorted { ($0.sentAt, $0.messageID) < ($1.sentAt, $1.messageID) }
  }

  /// One message.
  package func message(_ id: Int64) throws -> MessageView {
    try vault.read { transaction in try view(id, transaction) }
  }

  /// Notes that incoming messages were shown: each owes a read receipt, once.
  package func markRead(_ ids: [Int64]) throws {
    try vault.write { transaction in
      for id in ids {
        guard var message = try transaction.message(id: id),
          message.direction == .incoming, message.readAt == nil, try !isGone(message, transaction),
          // Seeing that there is something to open is not reading it.
          try transaction.messageLife(id: id)?.isViewOnce != true,
          let conversation = try transaction.conversation(id: message.conversationID),
          let contact = try transaction.contact(id: conversation.contactID)
        else { continue }
        message.readAt = nowSeconds
        message.state = MessageState.read.rawValue
        message.rev += 1
        try startReading(&message, transaction)
        try transaction.updateMessage(message)
        try oweReceipt(.read, message: id, contact: contact, transaction)
      }
    }
  }

  /// An incoming message: stored once per (author, message id), with its event and the receipt that it is owed.
  ///
  /// One whose time is over, or that was deleted before it came, leaves a tombstone: no content, no event, no receipt.
  func insertIncoming(
    _ content: DecodedContent, encoded: [UInt8], from peer: AuthenticatedPeer, storedAt: Int64,
    _ transaction: VaultTransaction
  ) throws {
    let hash = messageHash(author: peer.contactBody.account, id: content.header.id.bytes, transaction)
    guard try transaction.message(midHash: hash) == nil else { return }
    guard try admits(content, from: peer, transaction) else { return try countDropped(transaction) }
    let header = content.header
    let conversation = try conversation(of: peer, transaction)
    if peer.contact.status != ContactStatus.stranger.rawValue {
      try takeTimer(of: header, conversation: conversation, transaction)
    }
    let isViewOnce = content.isViewOnce
    let named = MessageLimits(header.expiry).completed
    let limits = isViewOnce ? named.shortened(by: .unopened) : named
    var record = MessageRecord(
      id: 0, conversationID: conversation, midHash: hash, direction: .incoming,
      contentKind: MessageRowKind.content,
      sentAtMilliseconds: Self.shownTime(sentAt: header.sentAtMilliseconds, storedAt: storedAt),
      state: MessageState.delivered.rawValue, storedAt: storedAt, deliveredAt: nowSeconds,
      deadline: limits.deadline(from: header.sentAtMilliseconds / 1_000, storedAt, nowSeconds))
    let pending = try pendingOperations(on: hash, in: conversation, from: peer, transaction)
    let isDeleted = pending.contains { $0.input.operation.kind == .delete }
    if isDeleted || record.deadline.map({ $0 <= nowSeconds }) == true {
      let id = try insertGone(record, isDeleted ? .deleted : .expired, header.id.bytes, transaction)
      return try apply(pending, to: id, transaction)
    }
    record.id = try transaction.insertMessage(record, content: encoded)
    try setLimits(limits, isViewOnce: isViewOnce, of: record.id, transaction)
    // A peer's clock moves ours by two seconds at most: enough for an answer to come after what it answers.
    let latest = min(now.milliseconds + Self.answerMilliseconds, record.sentAtMilliseconds)
    try touchConversation(
      conversation, at: max(latest, min(now.milliseconds, storedAt * 1_000)), bringBack: true, transaction)
    try appendEvent(.messageReceived, message: record, transaction)
    try oweReceipt(.delivered, message: record.id, contact: peer.contact, transaction)
    try apply(pending, to: record.id, transaction)
  }

  /// The sealed time, bounded by the relay's: at most 30 days before it and 5 minutes after it (G5). Milliseconds.
  static func shownTime(sentAt: Int64, storedAt: Int64) -> Int64 {
    let stored = min(max(storedAt, 0), Int64.max / 2_000) * 1_000
    return min(max(sentAt, stored - 30 * 86_400_000), stored + 5 * 60_000)
  }

  /// A message that is over when it comes: only the memory of it.
  private func insertGone(
    _ record: MessageRecord, _ reason: GoneReason, _ mid: FixedBytes<16>, _ transaction: VaultTransaction
  ) throws -> Int64 {
    let id = try transaction.insertTombstone(record)
    try transaction.setMessageLife(
      MessageLifeRecord(id: id, gone: reason.rawValue, goneAt: nowSeconds, messageID: mid))
    return id
  }

  func conversationID(contact: Int64, _ transaction: VaultTransaction) throws -> Int64 {
    if let conversation = try transaction.conversation(contactID: contact) { return conversation.id }
    return try transaction.insertConversation(
      ConversationRecord(
        id: 0, contactID: contact, createdAt: nowSeconds, lastMessageAtMilliseconds: 0, body: []))
  }

  /// How far ahead of this device's clock a peer's message may be for an answer to be dated after it.
  static let answerMilliseconds: Int64 = 2_000

  /// Notes that something was said at `milliseconds`.
  ///
  /// - Parameter bringBack: whether it brings an archived conversation back into sight, unless it is muted.
  func touchConversation(
    _ id: Int64, at milliseconds: Int64, bringBack: Bool = false, _ transaction: VaultTransaction
  ) throws {
    let known = try record(ofConversation: id, transaction)
    var conversation = known
    conversation.lastMessageAtMilliseconds = max(conversation.lastMessageAtMilliseconds, milliseconds)
    var body = try ConversationBody(known.body)
    if bringBack, body.isArchived, body.mutedUntil <= nowSeconds {
      body.isArchived = false
      conversation.body = body.bytes
    }
    if conversation != known { try transaction.updateConversation(conversation) }
  }

  /// The sealed time of a message that is sent now: later than any before it in this conversation, so that what is said in
  /// one millisecond, or after the clock went back, keeps its order at every reader.
  func nextSentAt(conversation id: Int64, _ transaction: VaultTransaction) throws -> Int64 {
    max(now.milliseconds, (try transaction.conversation(id: id)?.lastMessageAtMilliseconds ?? 0) + 1)
  }

  /// The key under which (author, message id) is unique (G1).
  func messageHash(
    author: FixedBytes<33>, id: FixedBytes<16>, _ transaction: VaultTransaction
  ) -> FixedBytes<16> {
    transaction.lookup(label: "message", author.array + id.array)
  }

  func view(_ id: Int64, _ transaction: VaultTransaction) throws -> MessageView {
    guard let record = try transaction.message(id: id) else { throw MessagingError.unknownMessage(id) }
    return try view(record, transaction)
  }

  func view(_ record: MessageRecord, _ transaction: VaultTransaction) throws -> MessageView {
    try view(record, in: shownConversation(record.conversationID, transaction), transaction)
  }

  /// A message of a conversation that was looked up already.
  func view(
    _ record: MessageRecord, in conversation: ShownConversation, _ transaction: VaultTransaction
  ) throws -> MessageView {
    try view(opened(record, transaction), in: conversation, transaction)
  }

  func view(
    _ message: OpenedMessage, in conversation: ShownConversation, _ transaction: VaultTransaction
  ) throws -> MessageView {
    func time(_ seconds: Int64?) -> WallTime? { seconds.map { WallTime(seconds: $0) } }
    let record = message.record
    return MessageView(
      id: record.id, messageID: message.messageID ?? FixedBytes(), contact: conversation.contact,
      conversation: conversation.id, isSecret: conversation.isSecret,
      direction: record.direction,
      state: MessageState(rawValue: record.state) ?? .queued, body: Self.shownBody(message),
      answers: try answered(by: message, transaction),
      sentAt: WallTime(milliseconds: record.sentAtMilliseconds), storedAt: time(record.storedAt),
      deliveredAt: time(record.deliveredAt), readAt: time(record.readAt), playedAt: time(record.playedAt),
      edit: message.gone == nil ? try editMark(of: record, transaction) : nil,
      failure: try failureReason(record, transaction), goneAt: message.gone == nil ? time(record.deadline) : nil)
  }

  func shownConversation(_ id: Int64, _ transaction: VaultTransaction) throws -> ShownConversation {
    guard let conversation = try transaction.conversation(id: id) else {
      throw MessagingError.damagedRecord(table: "message")
    }
    return ShownConversation(
      id: conversation.id, contact: try contactAndBody(conversation.contactID, transaction).1.name,
      isSecret: conversation.kind == ConversationKind.secret.rawValue)
  }

  /// What a message says now.
  static func shownBody(_ message: OpenedMessage) -> MessageBody {
    switch (message.gone, message.content) {
    case (let gone?, _): .gone(gone)
    case (nil, .info(let line, _)): .info(line)
    case (nil, .said(let content)): shownBody(content)
    case (nil, nil): .gone(.deleted)
    }
  }

  private static func shownBody(_ content: DecodedContent) -> MessageBody {
    guard case .known(let known) = content, case .body(let body) = known.kind else { return .needsNewerVersion }
    switch body.said {
    case .text(let text): return .text(text.string)
    case .file(let file):
      return .file(
        caption: file.caption?.string ?? "", AttachedFile(name: file.name, mime: file.mimeType, bytes: file.data))
    case .viewOnce(.stub(let stub)): return .viewOnceElsewhere(stub.kind, device: stub.device)
    case .viewOnce(let viewOnce): return .viewOnce(viewOnce.kind)
    case .attachment(let attachment):
      return .attachment(
        caption: attachment.caption?.string ?? "",
        RemoteFile(name: attachment.name, mime: attachment.mimeType, byteCount: attachment.pointer.length))
    case .reply: return .needsNewerVersion
    }
  }
}

/// What every message of a conversation is shown with, looked up once.
struct ShownConversation {
  let id: Int64
  let contact: String
  let isSecret: Bool
}

extension DecodedContent {
  /// Whether it is to be opened once.
  fileprivate var isViewOnce: Bool {
    guard case .known(let content) = self, case .body(.viewOnce) = content.kind else { return false }
    return true
  }
}
