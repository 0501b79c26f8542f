/// What a peer may make this side compute and keep (Protocol §6).
package enum RatchetLimits {
  /// How far one message may lie ahead in its chain, and PN ahead in the chain that it ends.
  ///
  /// Every skipped number costs two HMACs before anything is authenticated: 1 000 are some milliseconds.
  package static let maximumJump: UInt32 = 1_000

  /// How many skipped message keys a session keeps; the oldest make room.
  ///
  /// Two full jumps fit, which is what one message can cause (PN and N).
  package static let maximumStoredKeys = 2_000

  /// How long a skipped message key is kept, in seconds: 45 days.
  ///
  /// 14 days in an outbox, 30 at a relay, and a margin. Beyond that a stored key only weakens forward secrecy.
  package static let maximumKeyAge: Int64 = 45 * 86_400
}
