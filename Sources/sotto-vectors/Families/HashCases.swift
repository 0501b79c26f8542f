import ByteLayout
import Primitives

/// HMAC-SHA-256; a code shorter than 32 bytes is compared as far as it goes (RFC 4231).
struct HMACCase: VectorCase {
  static let family = "hmac-sha256"
  var comment: String
  var expect: Expectation
  let key: HexBytes
  let message: HexBytes
  let code: HexBytes

  func perform() throws {
    let computed = HMACSHA256.code(message.bytes, key: try key.secret())
    let prefix = HexBytes(computed.array.prefix(code.bytes.count))
    if expect == .mismatch, prefix != code { throw WrongCode() }
    try Difference.check(prefix, code, at: "code")
  }
}

/// The code is another key's or another message's: the refusal of the cases that say so.
struct WrongCode: Error {}

/// HKDF-SHA-256 (RFC 5869).
struct HKDFCase: VectorCase {
  static let family = "hkdf-sha256"
  var comment: String
  var expect: Expectation
  let salt: HexBytes
  let input_key_material: HexBytes
  let info: HexBytes
  let byte_count: Int
  /// Absent where the length is refused.
  var output: HexBytes?

  func perform() throws {
    let derived = try HKDFSHA256.derive(
      salt: salt.bytes, inputKeyMaterial: try input_key_material.secret(), info: info.bytes, byteCount: byte_count)
    try Difference.check(HexBytes(revealing: derived), output?.description ?? "(missing)", at: "output")
  }
}
