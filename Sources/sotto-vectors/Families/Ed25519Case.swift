import Primitives
import Verification

/// A signature under a key; with a seed it is also made again (RFC 8032).
struct Ed25519Case: VectorCase {
  static let family = "ed25519"
  var comment: String
  var expect: Expectation
  /// Absent where nobody could have signed.
  var seed: HexBytes?
  let key: HexBytes
  let message: HexBytes
  let signature: HexBytes

  func perform() throws {
    if let seed {
      let signingKey = try seed.signingKey()
      try Difference.check(HexBytes(signingKey.verifyingKey), key, at: "key")
      try Difference.check(HexBytes(try signingKey.signature(for: message.bytes)), signature, at: "signature")
    }
    guard try key.verifyingKey().isValid(try signature.signature(), for: message.bytes) else {
      throw InvalidSignature()
    }
  }
}

/// The X25519 form of an Ed25519 key, or the refusal of a point outside the main subgroup (Protocol §5.1, §4).
struct KeyConversionCase: VectorCase {
  static let family = "ed25519-to-x25519"
  var comment: String
  var expect: Expectation
  /// Absent where only the public half is known.
  var seed: HexBytes?
  let key: HexBytes
  /// The scalar and the point of the X25519 form.
  var x25519_scalar: HexBytes?
  var x25519_point: HexBytes?

  func perform() throws {
    let point = HexBytes(try key.verifyingKey().agreementKey())
    try Difference.check(point, x25519_point?.description ?? "(missing)", at: "x25519_point")
    guard let seed else { return }
    let signingKey = try seed.signingKey()
    try Difference.check(HexBytes(signingKey.verifyingKey), key, at: "key")
    let pair = try signingKey.agreementKeyPair()
    try Difference.check(HexBytes(pair.publicKey), point, at: "x25519_point, from the scalar")
    let scalar = pair.withScalar { HexBytes(revealing: $0) }
    try Difference.check(scalar, x25519_scalar?.description ?? "(missing)", at: "x25519_scalar")
  }
}
