package import Primitives

/// Why an ephemeral message was not made or not taken. None of them changes any state.
package enum EphemeralMessageError: Error, Hashable, Sendable {
  /// Everything that a forger, a relay or damage could cause, in one case.
  case refused
  /// Authentic, and sent more than 60 s ago.
  case tooOld
  /// Authentic, and sent more than 60 s from now.
  case fromTheFuture
  /// The content is longer than any Content may be.
  case contentTooLong(limit: Int, actual: Int)
  /// A local failure: no locked memory, unusable library, a key of the wrong length.
  case primitive(PrimitiveError)

  static func opening(_ error: PrimitiveError) -> EphemeralMessageError {
    error == .authenticationFailed ? .refused : .primitive(error)
  }
}
