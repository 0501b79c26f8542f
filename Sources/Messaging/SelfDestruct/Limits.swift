package import MessageContent

/// How long one message may live (Docs/SelfDestruct.md).
package struct MessageLimits: Hashable, Sendable {
  /// Seconds from the first reading; 0: no limit.
  package let readSeconds: UInt32
  /// Seconds from sending; 0: no limit.
  package let maximumAgeSeconds: UInt32

  package init(readSeconds: UInt32, maximumAgeSeconds: UInt32) {
    self.readSeconds = readSeconds
    self.maximumAgeSeconds = maximumAgeSeconds
  }

  package static let none = MessageLimits(readSeconds: 0, maximumAgeSeconds: 0)

  /// What a message that is never read lives at most, unless its limits say more: 14 days.
  static let unreadSeconds: UInt32 = 14 * 86_400

  /// The limits that a conversation's timer gives each message.
  package init(_ setting: TimerSetting) {
    switch setting.mode {
    case .off: self = .none
    case .afterRead:
      self.init(readSeconds: setting.seconds, maximumAgeSeconds: max(setting.seconds, Self.unreadSeconds))
    case .afterSend: self.init(readSeconds: 0, maximumAgeSeconds: setting.seconds)
    }
  }

  init(_ expiry: Expiry) {
    self.init(readSeconds: expiry.readSeconds, maximumAgeSeconds: expiry.maximumAgeSeconds)
  }

  /// The same, with an age limit if there is only one from reading: what nobody reads must end too.
  var completed: MessageLimits {
    guard readSeconds > 0, maximumAgeSeconds == 0 else { return self }
    return MessageLimits(readSeconds: readSeconds, maximumAgeSeconds: max(readSeconds, Self.unreadSeconds))
  }

  /// The shorter of both, limit by limit.
  func shortened(by other: MessageLimits) -> MessageLimits {
    func shorter(_ one: UInt32, _ other: UInt32) -> UInt32 { one == 0 ? other : other == 0 ? one : min(one, other) }
    return MessageLimits(
      readSeconds: shorter(readSeconds, other.readSeconds),
      maximumAgeSeconds: shorter(maximumAgeSeconds, other.maximumAgeSeconds))
  }

  /// When a message is over that nobody has read, nil when it has no limit.
  ///
  /// - Parameter times: sealed sending time, storing time, arrival, unix seconds: the earliest counts, so that no
  ///   sender and no relay can make a message live longer by dating it later.
  func deadline(from times: Int64...) -> Int64? {
    guard maximumAgeSeconds > 0, let start = times.min() else { return nil }
    return start + Int64(maximumAgeSeconds)
  }
}
