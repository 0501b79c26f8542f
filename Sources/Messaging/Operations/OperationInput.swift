import ByteLayout
import MessageContent
import Vault

/// An operation with what the session it came on proves: who did it, and in which conversation.
struct OperationInput {
  let operation: Operation
  /// The operation's own name (G4).
  let id: FixedBytes<16>
  /// By the clock of who did it.
  let sentAtMilliseconds: Int64
  /// The account that did it, 33 bytes.
  let author: FixedBytes<33>
  /// The contact in whose conversation it was done.
  let contactID: Int64
  let conversation: Int64
  let isOwn: Bool
}

/// What one kind of operation means.
///
/// A feature that changes messages afterwards is one file with one of these and one line in
/// ``Messenger/rule(for:)``; keeping early operations, refusing what is not allowed, and the order among changes of one
/// field are done here for all of them (G2–G4).
protocol OperationRule {
  /// Whether it may be done to this message. It is in the same conversation, and not gone.
  func isAllowed(_ input: OperationInput, on target: OperationTarget) -> Bool
  /// Does it to a message. Doing it twice must be doing it once.
  func apply(_ input: OperationInput, to message: MessageRecord, by core: Messenger, _ transaction: VaultTransaction)
    throws
  /// Does it to the conversation.
  func apply(_ input: OperationInput, by core: Messenger, _ transaction: VaultTransaction) throws
}

extension OperationRule {
  func isAllowed(_ input: OperationInput, on target: OperationTarget) -> Bool { false }
  func apply(
    _ input: OperationInput, to message: MessageRecord, by core: Messenger, _ transaction: VaultTransaction
  ) throws {}
  func apply(_ input: OperationInput, by core: Messenger, _ transaction: VaultTransaction) throws {}
}

extension Messenger {
  /// Which rule an operation follows.
  func rule(for kind: Operation.Kind) -> any OperationRule {
    switch kind {
    case .delete: DeleteRule()
    case .setTimer: TimerRule()
    case .screenshot: ScreenshotRule()
    case .closeChat: CloseChatRule()
    case .edit: EditRule()
    }
  }
}
