package import ByteLayout

/// Something that is done to a message that was sent before, or to the conversation (G2).
///
/// Who did it is the authenticated account, and its own name is the Content's id.
package struct Operation: Hashable, Sendable {
  package enum Kind: Hashable, Sendable {
    /// The author takes a message back, for everyone.
    case delete
    /// The conversation's timer; the revision is its version.
    case setTimer(TimerSetting)
    /// A program noticed that the screen was captured.
    case screenshot
    /// One side closes a secret chat.
    case closeChat
    /// The author puts other words in the place of a text or a caption.
    case edit(CleanText)
  }

  /// How often a message may be edited.
  package static let maximumEdits: UInt32 = 10

  /// The message; nil: the conversation.
  package let target: OperationTarget?
  /// 1 …; grows with every change of one field.
  package let revision: UInt32
  package let kind: Kind

  /// - Throws: ``ContentError/notAllowed(_:)`` for revision 0 and for a target that the kind does not have.
  package init(target: OperationTarget?, revision: UInt32, kind: Kind) throws(ContentError) {
    guard revision > 0 else { throw .notAllowed(.revision) }
    switch kind {
    case .delete: guard target != nil else { throw .missing(.target) }
    case .setTimer, .closeChat: guard target == nil else { throw .notAllowed(.target) }
    case .screenshot: break
    case .edit:
      guard target != nil else { throw .missing(.target) }
      guard revision <= Self.maximumEdits else { throw .notAllowed(.revision) }
    }
    self.target = target
    self.revision = revision
    self.kind = kind
  }
}

/// A message by what everybody calls it (G1).
package struct OperationTarget: Hashable, Sendable {
  /// The account id of who wrote it, 33 bytes.
  package let author: FixedBytes<33>
  package let id: MessageID

  package init(author: FixedBytes<33>, id: MessageID) {
    self.author = author
    self.id = id
  }
}

/// What the timer of a conversation is set to.
package struct TimerSetting: Hashable, Sendable {
  package enum Mode: UInt8, Hashable, Sendable, CaseIterable {
    case off = 1
    /// The seconds count from the first reading.
    case afterRead = 2
    /// The seconds count from sending.
    case afterSend = 3
  }

  package let mode: Mode
  /// 5 … 31 536 000, and 0 iff the timer is off.
  package let seconds: UInt32

  /// - Throws: ``ContentError/notAllowed(_:)`` when the seconds are out of bounds for the mode.
  package init(mode: Mode, seconds: UInt32) throws(ContentError) {
    guard mode == .off ? seconds == 0 : ContentLimits.timerSeconds.contains(seconds) else { throw .notAllowed(.timer) }
    self.mode = mode
    self.seconds = seconds
  }

  private init() {
    mode = .off
    seconds = 0
  }

  package static let off = TimerSetting()
}
