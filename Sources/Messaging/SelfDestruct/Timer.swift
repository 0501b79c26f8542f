import ByteLayout
package import MessageContent
import Vault

extension AccountValue {
  /// The timer of new conversations: mode u8 ‖ seconds u32.
  static let defaultTimer = AccountValue(rawValue: 20)
}

/// The timer of a conversation: either side may set it.
struct TimerRule: OperationRule {
  func apply(_ input: OperationInput, by core: Messenger, _ transaction: VaultTransaction) throws {
    guard case .setTimer(let setting) = input.operation.kind else { return }
    let change = ConversationTimer(
      setting: setting, version: input.operation.revision, operationID: input.id, isOwn: input.isOwn)
    try core.take(change, at: input.sentAtMilliseconds, conversation: input.conversation, transaction)
  }
}

/// The timer of a conversation as it is shown.
package struct TimerView: Hashable, Sendable {
  package let setting: TimerSetting
  /// 0: it was never set.
  package let version: UInt32
  package let isSetByMe: Bool
}

extension Messenger {
  /// The timer of the conversation with a contact.
  package func timer(with contact: Int64) throws -> TimerView {
    try vault.read { transaction in
      guard let conversation = try transaction.conversation(contactID: contact) else {
        return TimerView(setting: .off, version: 0, isSetByMe: false)
      }
      return try timer(of: conversation)
    }
  }

  /// The timer of a conversation.
  package func timer(conversation id: Int64) throws -> TimerView {
    try vault.read { transaction in try timer(of: record(ofConversation: id, transaction)) }
  }

  private func timer(of conversation: ConversationRecord) throws -> TimerView {
    let timer = try ConversationBody(conversation.body).timer
    return TimerView(setting: timer.setting, version: timer.version, isSetByMe: timer.isOwn)
  }

  /// Sets the timer of the conversation with a contact, for both sides. Messages that were sent before keep what they had.
  package func setTimer(_ setting: TimerSetting, with contact: Int64) throws {
    try vault.write { transaction in
      try accept(contact: contact, transaction)
      let id = try conversationID(contact: contact, transaction)
      try setTimer(setting, try record(ofConversation: id, transaction), transaction)
    }
  }

  /// Sets the timer of a conversation.
  package func setTimer(_ setting: TimerSetting, conversation id: Int64) throws {
    try vault.write { transaction in try setTimer(setting, try record(ofConversation: id, transaction), transaction) }
  }

  func setTimer(_ setting: TimerSetting, _ conversation: ConversationRecord, _ transaction: VaultTransaction) throws {
    let body = try ConversationBody(conversation.body)
    guard !body.isClosed else { throw MessagingError.chatClosed }
    guard body.timer.setting != setting, body.timer.version < .max else { return }
    let operation = try Operation(target: nil, revision: body.timer.version + 1, kind: .setTimer(setting))
    try perform(operation, in: conversation, transaction)
  }

  /// The timer of conversations that begin from now on.
  package func defaultTimer() throws -> TimerSetting {
    try vault.read { transaction in try defaultTimer(transaction) }
  }

  /// Sets the timer of conversations that begin from now on; their first message announces it.
  package func setDefaultTimer(_ setting: TimerSetting) throws {
    var writer = LayoutWriter()
    writer.uint8(setting.mode.rawValue)
    writer.uint32(setting.seconds)
    let bytes = writer.bytes
    try vault.write { transaction in try transaction.setAccountValue(.defaultTimer, bytes) }
  }

  private func defaultTimer(_ transaction: VaultTransaction) throws -> TimerSetting {
    guard let bytes = try transaction.accountValue(.defaultTimer) else { return .off }
    var reader = LayoutReader(bytes)
    guard let mode = TimerSetting.Mode(rawValue: try reader.uint8()) else {
      throw MessagingError.damagedRecord(table: "account_value")
    }
    return try TimerSetting(mode: mode, seconds: try reader.uint32())
  }

  /// A conversation begins with a message of mine: my default timer goes before it.
  func announceDefaultTimer(conversation id: Int64, _ transaction: VaultTransaction) throws {
    let conversation = try record(ofConversation: id, transaction)
    let setting = try defaultTimer(transaction)
    guard conversation.kind == ConversationKind.direct.rawValue, conversation.lastMessageAtMilliseconds == 0,
      try ConversationBody(conversation.body).timer.version == 0, setting.mode != .off
    else { return }
    try setTimer(setting, conversation, transaction)
  }

  /// How far ahead of what is known here a peer's change may be. Versions grow by one; without a bound one change of a
  /// peer could take the last number, and no other would ever hold against it.
  static let timerVersionLead: UInt32 = 1_024

  /// A change of the timer, by an operation of either side.
  func take(
    _ change: ConversationTimer, at milliseconds: Int64, conversation id: Int64, _ transaction: VaultTransaction
  ) throws {
    var conversation = try record(ofConversation: id, transaction)
    var body = try ConversationBody(conversation.body)
    guard change.wins(over: body.timer) else { return }
    guard change.version - body.timer.version <= Self.timerVersionLead else { return try countDropped(transaction) }
    let isNews = body.timer.setting != change.setting || body.timer.version == 0
    body.timer = change
    conversation.body = body.bytes
    try transaction.updateConversation(conversation)
    guard isNews else { return }
    try insertInfoLine(
      InfoLine(kind: .timerChanged(change.setting), isOwn: change.isOwn), operationID: change.operationID,
      at: Self.shownTime(sentAt: milliseconds, storedAt: nowSeconds), conversation: id, transaction)
  }

  /// A message that was sent under a newer timer than is known here: the change is on its way, and holds already.
  func takeTimer(of header: ContentHeader, conversation id: Int64, _ transaction: VaultTransaction) throws {
    let expiry = header.expiry
    guard !expiry.isOwn, expiry.timerVersion > 0,
      expiry.timerVersion > (try ConversationBody(record(ofConversation: id, transaction).body)).timer.version
    else { return }
    let setting: TimerSetting
    do throws(ContentError) {
      if expiry.readSeconds > 0 {
        setting = try TimerSetting(mode: .afterRead, seconds: expiry.readSeconds)
      } else if expiry.maximumAgeSeconds > 0 {
        setting = try TimerSetting(mode: .afterSend, seconds: expiry.maximumAgeSeconds)
      } else {
        setting = .off
      }
    } catch { return }  // no timer can be set to it: says nothing
    // The greatest id: the change itself, when it comes, takes this one's place.
    let change = ConversationTimer(
      setting: setting, version: expiry.timerVersion,
      operationID: FixedBytes { bytes in
        for index in 0..<16 { bytes.storeBytes(of: 0xff, toByteOffset: index, as: UInt8.self) }
      }, isOwn: false)
    try take(change, at: header.sentAtMilliseconds, conversation: id, transaction)
  }

  func record(ofConversation id: Int64, _ transaction: VaultTransaction) throws -> ConversationRecord {
    guard let record = try transaction.conversation(id: id) else { throw MessagingError.unknownConversation }
    return record
  }
}
