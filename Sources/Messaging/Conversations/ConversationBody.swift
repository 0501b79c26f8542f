import ByteLayout
import MessageContent

/// Kinds of conversations, as the vault numbers them.
package enum ConversationKind: UInt8, Hashable, Sendable {
  case direct = 0
  case secret = 1
}

/// The timer of a conversation and where it comes from (Docs/SelfDestruct.md).
struct ConversationTimer: Hashable, Sendable {
  var setting: TimerSetting
  /// Grows by one with every change; 0: never set.
  var version: UInt32
  /// Of two changes of one version and length the smaller one holds.
  var operationID: FixedBytes<16>
  /// Whether this account made the change.
  var isOwn: Bool

  static let unset = ConversationTimer(setting: .off, version: 0, operationID: FixedBytes(), isOwn: false)

  /// How long it lets a message live; off is the longest.
  private var strictness: UInt64 { setting.mode == .off ? .max : UInt64(setting.seconds) }

  /// Whether this change holds against `other`: the higher version, then the shorter timer, then the smaller id. A total
  /// order, so that both sides end with the same timer whatever the order in which they learn of the changes.
  func wins(over other: ConversationTimer) -> Bool {
    if version != other.version { return version > other.version }
    if strictness != other.strictness { return strictness < other.strictness }
    return operationID < other.operationID
  }
}

/// What the vault keeps about a conversation beside its messages.
struct ConversationBody: Hashable, Sendable {
  var timer = ConversationTimer.unset
  /// Unix seconds; 0: not muted.
  var mutedUntil: Int64 = 0
  var isArchived = false
  /// Of a secret chat: its id (C4), the device at the other end, and whether it is over.
  var chatID = FixedBytes<16>()
  var peerDeviceID: Int64 = 0
  var isClosed = false

  init() {}

  /// Takes no bytes as a conversation about which nothing was ever noted.
  init(_ bytes: [UInt8]) throws(LayoutError) {
    guard !bytes.isEmpty else { return }
    var reader = LayoutReader(bytes)
    try reader.expect(1, field: "conversation record version")
    let mode = try reader.uint8()
    let seconds = try reader.uint32()
    guard let mode = TimerSetting.Mode(rawValue: mode) else {
      throw .unknownValue(field: "timer mode", value: Int(mode))
    }
    do throws(ContentError) { timer.setting = try TimerSetting(mode: mode, seconds: seconds) } catch {
      throw .notAllowed(field: "timer")
    }
    timer.version = try reader.uint32()
    timer.operationID = try reader.fixed()
    let flags = try reader.uint8()
    timer.isOwn = flags & 1 != 0
    isArchived = flags & 2 != 0
    isClosed = flags & 4 != 0
    mutedUntil = Int64(bitPattern: try reader.uint64())
    chatID = try reader.fixed()
    peerDeviceID = Int64(bitPattern: try reader.uint64())
    try reader.finish()
  }

  var bytes: [UInt8] {
    var writer = LayoutWriter()
    writer.uint8(1)
    writer.uint8(timer.setting.mode.rawValue)
    writer.uint32(timer.setting.seconds)
    writer.uint32(timer.version)
    writer.append(timer.operationID)
    writer.uint8((timer.isOwn ? 1 : 0) | (isArchived ? 2 : 0) | (isClosed ? 4 : 0))
    writer.uint64(UInt64(bitPattern: mutedUntil))
    writer.append(chatID)
    writer.uint64(UInt64(bitPattern: peerDeviceID))
    return writer.bytes
  }
}
