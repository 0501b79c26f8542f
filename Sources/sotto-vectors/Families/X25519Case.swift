import Primitives

/// X25519(scalar, point), or the refusal of the point (RFC 7748; Protocol §5).
struct X25519Case: VectorCase {
  static let family = "x25519"
  var comment: String
  var expect: Expectation
  let scalar: HexBytes
  let point: HexBytes
  /// Absent where the point is refused.
  var shared: HexBytes?

  func perform() throws {
    let secret = try scalar.keyPair().sharedSecret(with: try point.agreementKey())
    try Difference.check(HexBytes(revealing: secret), shared?.description ?? "(missing)", at: "shared")
  }
}
