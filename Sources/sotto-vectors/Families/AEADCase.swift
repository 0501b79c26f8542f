import Primitives

/// XChaCha20-Poly1305-IETF: the ciphertext, with its tag at the end, is opened and, if it opens, made again.
struct AEADCase: VectorCase {
  static let family = "xchacha20-poly1305"
  var comment: String
  var expect: Expectation
  let key: HexBytes
  let nonce: HexBytes
  let additional_data: HexBytes
  let ciphertext: HexBytes
  /// Absent where the ciphertext is refused.
  var plaintext: HexBytes?

  func perform() throws {
    let opened = try XChaCha20Poly1305.open(
      ciphertext.bytes, key: try key.secret(), nonce: try nonce.fixed(), additionalData: additional_data.bytes)
    try Difference.check(HexBytes(opened), plaintext?.description ?? "(missing)", at: "plaintext")
    let sealed = try XChaCha20Poly1305.seal(
      opened, key: try key.secret(), nonce: try nonce.fixed(), additionalData: additional_data.bytes)
    try Difference.check(HexBytes(sealed), ciphertext, at: "ciphertext")
  }
}
