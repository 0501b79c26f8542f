/// Why a secret stream refused. Carries no data.
package enum SecretStreamError: Error, Hashable, Sendable {
  /// A chunk is not the one that the writer pushed at this place: changed, moved, left out, repeated, or cut.
  case authenticationFailed
  /// The stream ends, but no chunk said that it is the last.
  case missingFinal
  /// Something follows after the last chunk.
  case afterFinal
  /// A chunk carries a tag that Sotto's streams do not have.
  case unknownTag
  /// libsodium or its locked memory is not to be had, or the key has the wrong size.
  case primitive(PrimitiveError)
}
