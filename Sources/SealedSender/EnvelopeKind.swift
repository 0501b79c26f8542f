/// What the payload of an envelope is (C3): one byte beside the sender's name.
package enum EnvelopeKind: UInt8, CaseIterable, Hashable, Sendable {
  /// A message of a session (C5).
  case sessionMessage = 1
  /// A session start (C4), then the session's message.
  case sessionStart = 2
  /// A message under a group's sender key.
  case senderKeyMessage = 3
  /// Content off the chain: typing, presence (C5).
  case ephemeral = 4
}
