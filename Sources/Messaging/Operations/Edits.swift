import Ambient
import ByteLayout
import KeyAgreement
import MessageContent
import Primitives
import Vault

/// Until when a message may be edited, judged by the sealed times of both.
enum EditWindow {
  /// By its author: 24 hours.
  static let milliseconds: Int64 = 86_400_000
  /// By whoever hears of it, 24 hours more (G5).
  static let received: Int64 = 2 * milliseconds
}

/// The fields of a message that operations set, as the vault numbers them.
enum MessageField {
  /// Who won with the words that the message has now; the value is when, milliseconds i64.
  static let words: UInt8 = 1
}

/// Other words for what one said oneself: those before are destroyed.
struct EditRule: OperationRule {
  func isAllowed(_ input: OperationInput, on target: OperationTarget) -> Bool { target.author == input.author }

  func apply(
    _ input: OperationInput, to message: MessageRecord, by core: Messenger, _ transaction: VaultTransaction
  ) throws {
    guard case .edit(let words) = input.operation.kind, let content = try core.said(message.id, transaction),
      case .body(let body) = content.kind, let edited = body.with(words: words),
      (0...EditWindow.received).contains(input.sentAtMilliseconds - content.header.sentAtMilliseconds)
    else { return try core.countDropped(transaction) }
    let stamp = OperationStamp(revision: input.operation.revision, operationID: input.id)
    if let known = try transaction.operationField(MessageField.words, messageID: message.id) {
      guard stamp.wins(over: known.stamp) else { return }
    }
    let encoded: [UInt8]
    do throws(ContentError) {
      encoded = try ContentCodec.encode(Content(header: content.header, kind: .body(edited)))
    } catch {
      return try core.countDropped(transaction)  // too large, with the file beside it
    }
    try core.replaceContent(
      encoded, of: message, stamp: stamp, at: min(input.sentAtMilliseconds, core.now.milliseconds + 5 * 60_000),
      transaction)
  }
}

extension Messenger {
  /// Puts other words in the place of a text or a caption that this account wrote, on both sides. Here the words of before
  /// are destroyed when this returns.
  ///
  /// - Parameter revision: which edit this must be, one more than those there were; nil: whichever it is.
  /// - Throws: ``MessagingError``: `unknownMessage`, `notYours`, `contentGone`, `notEditable`, `editWindowClosed`,
  ///   `tooManyEdits`, `staleRevision`, `contactBlocked`, `emptyMessage`, `tooLarge`; nothing was changed then.
  package func edit(_ id: Int64, text: String, revision: UInt32? = nil) throws -> MessageView {
    let words: CleanText
    do throws(ContentError) { words = try CleanText(cleaning: text) } catch { throw Self.refusal(error) }
    try vault.write { transaction in try edit(id, words, revision: revision, transaction) }
    try eraseDue()
    return try message(id)
  }

  private func edit(_ id: Int64, _ words: CleanText, revision wanted: UInt32?, _ transaction: VaultTransaction) throws {
    guard let record = try transaction.message(id: id) else { throw MessagingError.unknownMessage(id) }
    guard record.direction == .outgoing, record.isSaid else { throw MessagingError.notYours(id) }
    let message = try opened(record, transaction)
    if let reason = message.gone { throw MessagingError.contentGone(reason) }
    guard case .said(.known(let content))? = message.content, case .body(let body) = content.kind,
      let edited = body.with(words: words)
    else { throw MessagingError.notEditable }
    let known = try transaction.operationField(MessageField.words, messageID: id)?.stamp.revision ?? 0
    if let wanted, wanted != known + 1 { throw MessagingError.staleRevision(known) }
    guard body.words != words else { return }
    guard known < Operation.maximumEdits else { throw MessagingError.tooManyEdits }
    let encoded: [UInt8]
    do throws(ContentError) {
      encoded = try ContentCodec.encode(Content(header: content.header, kind: .body(edited)))
    } catch { throw Self.refusal(error) }
    // What has not left yet leaves in its new words, and nobody hears of any others.
    if try isStillHere(id, transaction) { return try replaceContent(encoded, of: record, transaction) }
    let conversation = try self.record(ofConversation: record.conversationID, transaction)
    let (contact, contactBody) = try contactAndBody(conversation.contactID, transaction)
    let status = ContactStatus(rawValue: contact.status)
    guard status != .blocked, status != .declined else { throw MessagingError.contactBlocked(contactBody.name) }
    let sentAt = try nextSentAt(conversation: conversation.id, transaction)
    guard sentAt - content.header.sentAtMilliseconds <= EditWindow.milliseconds else {
      throw MessagingError.editWindowClosed(limitMilliseconds: EditWindow.milliseconds)
    }
    let stamp = OperationStamp(revision: known + 1, operationID: environment.randomness.fixed())
    try replaceContent(encoded, of: record, stamp: stamp, at: sentAt, transaction)
    guard status != .own else { return }
    let isDirect = conversation.kind == ConversationKind.direct.rawValue
    try enqueue(
      .edit, contact: contact.id, message: id, content: [], notBefore: now,
      conversation: isDirect ? nil : conversation.id, transaction)
  }

  private static func refusal(_ error: ContentError) -> MessagingError {
    guard case .tooLong(_, let limit, let actual) = error else { return .emptyMessage }
    return .tooLarge(limit: limit, actual: actual)
  }

  /// What a message says, as it is in the vault; nil when it was destroyed, or is of a newer version.
  func said(_ id: Int64, _ transaction: VaultTransaction) throws -> Content? {
    guard let encoded = try transaction.messageContent(id: id),
      case .known(let content) = try ContentCodec.decode(encoded)
    else { return nil }
    return content
  }

  /// The edit that gave a message its words, made of them when it is sent: it has no text of its own that would have to be
  /// destroyed with the message.
  ///
  /// - Returns: nil when the message is gone.
  func encodedEdit(of id: Int64, _ transaction: VaultTransaction) throws -> [UInt8]? {
    guard try mayBeSent(message: id, transaction), let content = try said(id, transaction),
      case .body(let body) = content.kind, let words = body.words,
      let field = try transaction.operationField(MessageField.words, messageID: id)
    else { return nil }
    let operation = try Operation(
      target: OperationTarget(author: own.account.bytes, id: content.header.id), revision: field.stamp.revision,
      kind: .edit(words))
    return try encode(
      .operation(operation), id: field.stamp.operationID, sentAt: try Self.time(of: field),
      expiry: content.header.expiry)
  }

  /// Other content in the place of a message's, in the index and in the log of events as well.
  ///
  /// - Parameter stamp: of the edit that won; nil when there is none to be told of.
  fileprivate func replaceContent(
    _ encoded: [UInt8], of message: MessageRecord, stamp: OperationStamp? = nil, at milliseconds: Int64 = 0,
    _ transaction: VaultTransaction
  ) throws {
    try unindex(message, transaction)
    try transaction.replaceContent(encoded, messageID: message.id)
    var message = message
    if let stamp {
      var writer = LayoutWriter()
      writer.uint64(UInt64(bitPattern: milliseconds))
      try transaction.mergeOperationField(
        MessageField.words, OperationField(stamp: stamp, value: writer.bytes), messageID: message.id)
      message.contentKind = MessageRowKind.edited
    }
    message.rev += 1
    try transaction.updateMessage(message)
    try index(again: message, transaction)
    try appendEvent(.messageEdited, message: message, transaction)
  }

  /// How often a message was edited and when last; nil when it never was.
  func editMark(of message: MessageRecord, _ transaction: VaultTransaction) throws -> EditMark? {
    guard message.contentKind == MessageRowKind.edited,
      let field = try transaction.operationField(MessageField.words, messageID: message.id)
    else { return nil }
    return EditMark(revision: field.stamp.revision, at: WallTime(milliseconds: try Self.time(of: field)))
  }

  private static func time(of field: OperationField) throws -> Int64 {
    var reader = LayoutReader(field.value)
    let milliseconds = Int64(bitPattern: try reader.uint64())
    try reader.finish()
    return milliseconds
  }
}
