package import ByteLayout
package import Primitives

/// Why the ratchet refused. The state is what it was before; errors carry sizes and numbers, never data.
package enum RatchetError: Error, Hashable, Sendable {
  /// The header is not 41 bytes of version 1, or 49 of version 2, with a canonical key.
  case malformedHeader(LayoutError)
  /// The message, or its PN, lies further ahead than the limit. Nothing was computed.
  case tooManySkipped(requested: UInt32, limit: UInt32)
  /// The message's number was used already and no skipped key is kept for it.
  case duplicate
  /// The message did not verify: forged, altered, of another session, or of a chain that is over. Says nothing more.
  case authenticationFailed
  /// A responder sends only after it has received.
  case cannotSendYet
  /// The sending chain has used up its 2³² − 1 numbers, or the post-quantum ratchet its epochs.
  case chainExhausted
  /// Suite 3: the message names an epoch that is over or not agreed on yet, or a number in it that is not its own.
  case wrongEpoch
  /// Suite 3: an authentic message carries units that cannot be.
  case malformedFragment
  /// The bytes are no archive of this version. Archives are sealed, so this is damage or a newer version.
  case malformedArchive
  /// A primitive refused: a key of small order, no secret memory, an unusable library.
  case primitive(PrimitiveError)

  /// Wraps what a primitive threw; a tag that did not verify keeps its own case.
  init(_ error: PrimitiveError) {
    self = error == .authenticationFailed ? .authenticationFailed : .primitive(error)
  }
}
