import Ambient
import ByteLayout
package import MessageContent
import Vault

/// Something that happened in a conversation and is shown in it, between the messages. Info lines do not expire.
package struct InfoLine: Hashable, Sendable {
  package enum Kind: Hashable, Sendable {
    case timerChanged(TimerSetting)
    case screenshot
    case secretChatOpened
    case secretChatClosed
  }

  package let kind: Kind
  /// Whether this account did it; otherwise the contact did.
  package let isOwn: Bool

  package init(kind: Kind, isOwn: Bool) {
    self.kind = kind
    self.isOwn = isOwn
  }

  /// 0x01 ‖ kind u8 ‖ own u8 ‖ mode u8 ‖ seconds u32 ‖ operation id(16).
  func bytes(operationID: FixedBytes<16>) -> [UInt8] {
    var writer = LayoutWriter()
    writer.uint8(1)
    var setting = TimerSetting.off
    switch kind {
    case .timerChanged(let changed):
      writer.uint8(1)
      setting = changed
    case .screenshot: writer.uint8(2)
    case .secretChatOpened: writer.uint8(3)
    case .secretChatClosed: writer.uint8(4)
    }
    writer.uint8(isOwn ? 1 : 0)
    writer.uint8(setting.mode.rawValue)
    writer.uint32(setting.seconds)
    writer.append(operationID)
    return writer.bytes
  }

  static func read(_ bytes: [UInt8]) throws(LayoutError) -> (line: InfoLine, operationID: FixedBytes<16>) {
    var reader = LayoutReader(bytes)
    try reader.expect(1, field: "info line version")
    let kind = try reader.uint8()
    let isOwn = try reader.uint8() == 1
    let mode = try reader.uint8()
    let seconds = try reader.uint32()
    let id: FixedBytes<16> = try reader.fixed()
    try reader.finish()
    guard let mode = TimerSetting.Mode(rawValue: mode) else {
      throw .unknownValue(field: "timer mode", value: Int(mode))
    }
    let setting: TimerSetting
    do throws(ContentError) { setting = try TimerSetting(mode: mode, seconds: seconds) } catch {
      throw .notAllowed(field: "timer")
    }
    switch kind {
    case 1: return (InfoLine(kind: .timerChanged(setting), isOwn: isOwn), id)
    case 2: return (InfoLine(kind: .screenshot, isOwn: isOwn), id)
    case 3: return (InfoLine(kind: .secretChatOpened, isOwn: isOwn), id)
    case 4: return (InfoLine(kind: .secretChatClosed, isOwn: isOwn), id)
    default: throw .unknownValue(field: "info line", value: Int(kind))
    }
  }
}

/// What the content of a message row is.
enum MessageRowKind {
  /// An encoded Content.
  static let content: UInt8 = 0
  /// An ``InfoLine``.
  static let info: UInt8 = 1
  /// An encoded Content that was edited; ``MessageField/words`` says when.
  static let edited: UInt8 = 2
}

extension MessageRecord {
  /// Whether somebody said it, which a line about the conversation is not.
  var isSaid: Bool { contentKind != MessageRowKind.info }
}

extension Messenger {
  /// Puts an info line into a conversation, once per operation, and tells the user.
  func insertInfoLine(
    _ line: InfoLine, operationID: FixedBytes<16>, at milliseconds: Int64, conversation: Int64,
    _ transaction: VaultTransaction
  ) throws {
    let hash = transaction.lookup(label: "info line", [line.isOwn ? 1 : 0] + operationID.array)
    guard try transaction.message(midHash: hash) == nil else { return }
    let id = try transaction.insertMessage(
      MessageRecord(
        conversationID: conversation, midHash: hash, direction: line.isOwn ? .outgoing : .incoming,
        contentKind: MessageRowKind.info, sentAtMilliseconds: milliseconds, state: MessageState.read.rawValue,
        storedAt: nowSeconds, deliveredAt: nowSeconds, readAt: nowSeconds),
      content: line.bytes(operationID: operationID))
    try touchConversation(conversation, at: milliseconds, transaction)
    try appendEvent(.conversationChanged, message: try transaction.message(id: id), transaction)
  }
}
